-- A migration ships no code that anyone can read in a public repository. `order seed` creates the demo codes where they
-- are asked for. A code that staff changed, or that orders use, stays.
DELETE FROM discount_codes
WHERE code = 'WELCOME10' AND basis_points = 1000 AND valid_from = '2026-01-01T00:00:00Z'
  AND minimum_minor IS NULL AND valid_until IS NULL AND uses = 0 AND version = 1
  -- Uses are counted since the migration before this one only.
  AND NOT EXISTS (SELECT FROM orders WHERE discount_code = 'WELCOME10');

INSERT INTO discount_codes (code, basis_points, valid_from)
VALUES ('WELCOME10', 1000, '2026-01-01T00:00:00Z')
ON CONFLICT DO NOTHING;

-- The way to holds that nobody took for long. Only what is held is in it, so it stays as small as that,
-- however many payments there ever were.
CREATE INDEX payments_held ON payments (created_at) WHERE status = 'authorized';

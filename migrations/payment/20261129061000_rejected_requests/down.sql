COMMENT ON COLUMN operations.last_error IS 'Why the last attempt has no outcome';
ALTER TABLE payments DROP COLUMN request_rejected;

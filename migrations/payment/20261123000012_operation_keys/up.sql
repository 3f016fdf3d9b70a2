SET lock_timeout = '3s';

ALTER TABLE operations
    ADD COLUMN key_number integer NOT NULL DEFAULT 1
        CONSTRAINT operations_key_number_counted CHECK (key_number >= 1),
    ADD COLUMN key_spent boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN operations.key_number IS 'Which idempotency key is in use: 1 is the id alone, 2 is id:2; written before the key is used';
COMMENT ON COLUMN operations.key_spent IS 'The provider answers this key with an error of its own for good, so nothing can come of it any more';

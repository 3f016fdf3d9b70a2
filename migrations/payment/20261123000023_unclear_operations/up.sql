SET lock_timeout = '3s';

ALTER TABLE operations ADD COLUMN unclear boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN operations.unclear IS 'The provider gave an answer that cannot be used, and what became of the tries was not found out since';

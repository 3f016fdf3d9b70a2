-- A change of a category names the version that it is based on, so that no change of another person is lost.

SET lock_timeout = '3s';

ALTER TABLE categories ADD COLUMN version bigint NOT NULL DEFAULT 1;
COMMENT ON COLUMN categories.version IS 'Counts writes by staff; an update names the version that it read';

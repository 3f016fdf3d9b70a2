SET lock_timeout = '3s';

ALTER TABLE lookups ADD COLUMN unusable integer NOT NULL DEFAULT 0;

COMMENT ON COLUMN lookups.unusable IS 'How many answers that cannot be used came since the last good one; after some the look is given up';

ALTER TABLE lookups DROP COLUMN unusable;

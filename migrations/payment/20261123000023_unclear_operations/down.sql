ALTER TABLE operations DROP COLUMN unclear;

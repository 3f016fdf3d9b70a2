ALTER TABLE users DROP COLUMN devices_known_since;

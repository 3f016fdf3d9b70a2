ALTER TABLE operations DROP COLUMN key_spent, DROP COLUMN key_number;

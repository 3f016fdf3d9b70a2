ALTER TABLE cart_lines DROP COLUMN position;

-- Carts keep the order in which their lines were added.

SET lock_timeout = '3s';

ALTER TABLE cart_lines ADD COLUMN position integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN cart_lines.position IS 'Later lines have a higher one; 0 for lines from before this column, which are sorted by SKU.';

-- Numbers of orders, for people. A job gives one to each order from before this column, in batches.
SET lock_timeout = '3s';

ALTER TABLE orders
    ADD COLUMN number text,
    ADD CONSTRAINT orders_number_format
        CHECK (number ~ '^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]$') NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_number_format;
COMMENT ON COLUMN orders.number IS 'The number that people read out and type, random and unique; NULL until the job has given one to an order from before this column.';

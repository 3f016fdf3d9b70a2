ALTER TABLE orders DROP COLUMN shipments;

ALTER TABLE payments DROP COLUMN shipment;

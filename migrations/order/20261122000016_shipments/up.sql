ALTER TABLE orders ADD COLUMN shipments integer NOT NULL DEFAULT 0
    CONSTRAINT orders_shipments CHECK (shipments >= 0);
COMMENT ON COLUMN orders.shipments IS 'How often shipment was asked for: tells the answer to the last capture from those to earlier ones.';

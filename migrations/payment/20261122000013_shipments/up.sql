ALTER TABLE payments ADD COLUMN shipment integer NOT NULL DEFAULT 0
    CONSTRAINT payments_shipment_counted CHECK (shipment >= 0);
COMMENT ON COLUMN payments.shipment IS 'The shipment that the last capture was asked for; 0 when none was';

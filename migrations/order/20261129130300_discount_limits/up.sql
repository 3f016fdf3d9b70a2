-- Limits of use for discount codes, and which orders use them.
SET lock_timeout = '3s';

ALTER TABLE discount_codes
    ADD COLUMN max_uses integer CONSTRAINT discount_codes_max_uses CHECK (max_uses > 0),
    ADD COLUMN max_uses_per_customer integer
        CONSTRAINT discount_codes_max_uses_per_customer CHECK (max_uses_per_customer > 0),
    ADD COLUMN uses integer NOT NULL DEFAULT 0,
    ADD COLUMN ended_at timestamptz,
    ADD COLUMN version bigint NOT NULL DEFAULT 1,
    ADD CONSTRAINT discount_codes_uses CHECK (uses >= 0 AND uses <= max_uses) NOT VALID;
ALTER TABLE discount_codes VALIDATE CONSTRAINT discount_codes_uses;
COMMENT ON COLUMN discount_codes.max_uses IS 'The most orders that use it; NULL for any number.';
COMMENT ON COLUMN discount_codes.max_uses_per_customer IS 'The most orders of one customer that use it; NULL for any number.';
COMMENT ON COLUMN discount_codes.uses IS 'The rows of discount_uses with this code. Orders from before that table do not count.';
COMMENT ON COLUMN discount_codes.ended_at IS 'When staff ended it; NULL if they did not.';
COMMENT ON COLUMN discount_codes.version IS 'Counts changes by staff.';

CREATE TABLE discount_uses (
    order_id uuid PRIMARY KEY REFERENCES orders (id),
    code text NOT NULL REFERENCES discount_codes (code),
    customer_id uuid NOT NULL
);
COMMENT ON TABLE discount_uses IS 'Orders that use a discount code. Inserted with the order, deleted when it is rejected or cancelled.';
CREATE INDEX discount_uses_code_customer_id ON discount_uses (code, customer_id);

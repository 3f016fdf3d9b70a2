-- Orders as they were sold, and their timelines.

CREATE TABLE orders (
    id uuid PRIMARY KEY,
    customer_id uuid NOT NULL,
    status text NOT NULL CONSTRAINT orders_status
        CHECK (status IN ('pending', 'confirmed', 'rejected', 'cancelled', 'shipped', 'delivered')),
    reason text,
    currency text NOT NULL CONSTRAINT orders_currency CHECK (currency ~ '^[A-Z]{3}$'),
    lines_minor bigint NOT NULL CONSTRAINT orders_lines CHECK (lines_minor >= 0),
    discount_minor bigint NOT NULL CONSTRAINT orders_discount CHECK (discount_minor BETWEEN 0 AND lines_minor),
    shipping_minor bigint NOT NULL CONSTRAINT orders_shipping CHECK (shipping_minor >= 0),
    tax_minor bigint NOT NULL CONSTRAINT orders_tax CHECK (tax_minor >= 0),
    total_minor bigint NOT NULL,
    discount_code text,
    recipient text NOT NULL,
    line1 text NOT NULL,
    line2 text NOT NULL,
    city text NOT NULL,
    region text NOT NULL,
    postal_code text NOT NULL,
    country text NOT NULL CONSTRAINT orders_country CHECK (country ~ '^[A-Z]{2}$'),
    payment_method text NOT NULL,
    reservation_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    tracking_number text,
    shipments integer NOT NULL DEFAULT 0 CONSTRAINT orders_shipments CHECK (shipments >= 0),
    placed_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT orders_total CHECK (total_minor = lines_minor - discount_minor + shipping_minor + tax_minor),
    CONSTRAINT orders_reason CHECK ((reason IS NOT NULL) = (status IN ('rejected', 'cancelled'))),
    CONSTRAINT orders_shipped_are_tracked
        CHECK (tracking_number IS NOT NULL OR status NOT IN ('shipped', 'delivered'))
);
COMMENT ON TABLE orders IS 'Orders with their totals and address. Ids are UUIDv7 and sort by the time of placing.';
COMMENT ON COLUMN orders.reason IS 'Why it was rejected or cancelled.';
COMMENT ON COLUMN orders.tax_minor IS 'At the destination''s rate on lines less discount, plus shipping.';
COMMENT ON COLUMN orders.payment_method IS 'The provider''s name for it; never a card number.';
COMMENT ON COLUMN orders.reservation_id IS 'The reservation at catalog; assigned here, so that a command can be sent again.';
COMMENT ON COLUMN orders.payment_id IS 'The payment at payment; assigned here, so that a command can be sent again.';
COMMENT ON COLUMN orders.tracking_number IS 'The carrier''s; set when shipment is requested, cleared when the capture fails.';
COMMENT ON COLUMN orders.shipments IS 'How often shipment was requested: distinguishes the reply to the latest capture from replies to earlier ones.';
CREATE INDEX orders_by_customer ON orders (customer_id, id DESC);
CREATE INDEX orders_by_status ON orders (status, id DESC);

CREATE TABLE order_lines (
    order_id uuid NOT NULL REFERENCES orders (id),
    position integer NOT NULL,
    sku text NOT NULL,
    name text NOT NULL,
    quantity integer NOT NULL CONSTRAINT order_lines_quantity CHECK (quantity BETWEEN 1 AND 999),
    unit_price_minor bigint NOT NULL CONSTRAINT order_lines_unit_price CHECK (unit_price_minor >= 0),
    PRIMARY KEY (order_id, position)
);
COMMENT ON TABLE order_lines IS 'SKU, name and price as they were sold, in the order''s currency.';

CREATE TABLE order_events (
    order_id uuid NOT NULL REFERENCES orders (id),
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL,
    service text NOT NULL,
    kind text NOT NULL,
    message text NOT NULL,
    PRIMARY KEY (order_id, id)
);
COMMENT ON TABLE order_events IS 'The timeline of an order across the services. No personal data.';
COMMENT ON COLUMN order_events.service IS 'The service that acted.';
COMMENT ON COLUMN order_events.kind IS 'What happened, in snake_case.';
COMMENT ON COLUMN order_events.message IS 'What happened, as a sentence.';
-- Rows arrive in order of time, so block ranges suffice to find old ones, at almost no cost per insert.
CREATE INDEX order_events_at ON order_events USING brin (at);

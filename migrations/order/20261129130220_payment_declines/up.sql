-- Declined payments, counted against card testing.

SET lock_timeout = '3s';

ALTER TABLE sagas ADD COLUMN client_network text;
COMMENT ON COLUMN sagas.client_network IS 'The network that the order was placed from; cleared when no step is open.';

CREATE TABLE payment_declines (
    order_id uuid PRIMARY KEY REFERENCES orders (id),
    customer_id uuid NOT NULL,
    network text,
    payment_method text NOT NULL,
    card text NOT NULL,
    at timestamptz NOT NULL
);
COMMENT ON TABLE payment_declines IS 'Orders whose payment was declined. Kept only as long as they count against the limits of checkout.declines.';
COMMENT ON COLUMN payment_declines.network IS 'The network that the order was placed from; NULL if it is unknown.';
COMMENT ON COLUMN payment_declines.card IS 'The provider''s name of the card, the same for every payment method with it; the payment method if it is unknown.';
CREATE INDEX payment_declines_of_customer ON payment_declines (customer_id, at DESC);
CREATE INDEX payment_declines_of_network ON payment_declines (network, at DESC) WHERE network IS NOT NULL;
CREATE INDEX payment_declines_of_card ON payment_declines (card, at DESC);
CREATE INDEX payment_declines_of_method ON payment_declines (payment_method, at DESC);
CREATE INDEX payment_declines_at ON payment_declines (at);

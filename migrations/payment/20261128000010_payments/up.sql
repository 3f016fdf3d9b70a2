-- Payments and their refunds.

CREATE TABLE payments (
    id                 uuid        PRIMARY KEY,
    order_id           uuid        NOT NULL,
    customer_id        uuid,
    amount_minor       bigint,
    currency           text,
    payment_method     text,
    status             text        NOT NULL,
    void_requested     boolean     NOT NULL DEFAULT false,
    capture_requested  boolean     NOT NULL DEFAULT false,
    refunded_minor     bigint      NOT NULL DEFAULT 0,
    decline_code       text,
    capture_code       text,
    shipment           integer     NOT NULL DEFAULT 0,
    redirect_url       text,
    provider_reference text,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,

    CONSTRAINT payments_status_known
        CHECK (status IN ('authorizing', 'action_required', 'authorized', 'declined', 'voided', 'expired',
                          'captured')),
    CONSTRAINT payments_terms_whole
        CHECK (num_nonnulls(customer_id, amount_minor, currency, payment_method) IN (0, 4)),
    CONSTRAINT payments_only_a_tombstone_has_no_terms
        CHECK (amount_minor IS NOT NULL OR status = 'voided'),
    CONSTRAINT payments_amount_positive CHECK (amount_minor > 0),
    CONSTRAINT payments_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT payments_declined_has_code CHECK ((status = 'declined') = (decline_code IS NOT NULL)),
    CONSTRAINT payments_held_has_reference
        CHECK (status NOT IN ('action_required', 'authorized', 'expired', 'captured')
               OR provider_reference IS NOT NULL),
    CONSTRAINT payments_challenge_has_url
        CHECK ((status = 'action_required') = (redirect_url IS NOT NULL)),
    CONSTRAINT payments_shipment_counted CHECK (shipment >= 0),
    CONSTRAINT payments_refunded_within_captured
        CHECK (refunded_minor = 0
               OR (status = 'captured' AND refunded_minor BETWEEN 0 AND amount_minor))
) WITH (
    -- A payment is updated two or three times, in columns without an index: the fill factor keeps free
    -- space for that in the page.
    fillfactor = 80
);

-- An order is paid at most once. Also finds a payment by its order.
CREATE UNIQUE INDEX payments_order_id ON payments (order_id);
-- Pages through the payments of a period. Payments arrive in this order and the columns never change, so
-- the index costs little and no update touches it.
CREATE INDEX payments_created_at ON payments (created_at, id);
-- Finds old authorizations. Only authorized payments are in it, so it stays small.
CREATE INDEX payments_held ON payments (created_at) WHERE status = 'authorized';

COMMENT ON TABLE payments IS 'The payment of each order, and its status';
COMMENT ON COLUMN payments.id IS 'Assigned by the sender of payment.authorize.v1';
COMMENT ON COLUMN payments.customer_id IS 'Who pays; null, like all terms, on the tombstone that a void leaves when it arrives before its authorize';
COMMENT ON COLUMN payments.amount_minor IS 'The order''s total in minor units';
COMMENT ON COLUMN payments.payment_method IS 'The provider''s id of the payment method; never a card number';
COMMENT ON COLUMN payments.void_requested IS 'A void waits for the outcome of the authorization, or for the provider';
COMMENT ON COLUMN payments.capture_requested IS 'A capture waits for the provider';
COMMENT ON COLUMN payments.refunded_minor IS 'Sum of the refunds that succeeded';
COMMENT ON COLUMN payments.capture_code IS 'Why the last capture failed';
COMMENT ON COLUMN payments.shipment IS 'The shipment that the latest capture was requested for; 0 when there was none';
COMMENT ON COLUMN payments.redirect_url IS 'Where the customer completes 3-D Secure; only while action_required';
COMMENT ON COLUMN payments.provider_reference IS 'The provider''s own id: pi_..';

CREATE TABLE refunds (
    id                 uuid        PRIMARY KEY,
    payment_id         uuid        NOT NULL REFERENCES payments (id),
    amount_minor       bigint      NOT NULL,
    currency           text        NOT NULL,
    status             text        NOT NULL,
    failure_code       text,
    provider_reference text,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,

    CONSTRAINT refunds_status_known CHECK (status IN ('requested', 'succeeded', 'failed')),
    CONSTRAINT refunds_amount_positive CHECK (amount_minor > 0),
    CONSTRAINT refunds_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT refunds_failed_has_code CHECK ((status = 'failed') = (failure_code IS NOT NULL)),
    CONSTRAINT refunds_succeeded_has_reference
        CHECK (status <> 'succeeded' OR provider_reference IS NOT NULL)
);

CREATE INDEX refunds_payment_id ON refunds (payment_id);

COMMENT ON TABLE refunds IS 'Money returned to customers, one row per payment.refund.v1';
COMMENT ON COLUMN refunds.id IS 'Assigned by the sender; the same id again is the same refund';
COMMENT ON COLUMN refunds.failure_code IS 'Why it failed: ours (amount_too_large, not_captured) or the provider''s';

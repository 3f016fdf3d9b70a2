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
    provider_reference text,
    created_at         timestamptz NOT NULL,
    updated_at         timestamptz NOT NULL,

    CONSTRAINT payments_status_known
        CHECK (status IN ('authorizing', 'authorized', 'declined', 'voided', 'captured')),
    CONSTRAINT payments_terms_whole
        CHECK (num_nonnulls(customer_id, amount_minor, currency, payment_method) IN (0, 4)),
    CONSTRAINT payments_only_a_tombstone_has_no_terms
        CHECK (amount_minor IS NOT NULL OR status = 'voided'),
    CONSTRAINT payments_amount_positive CHECK (amount_minor > 0),
    CONSTRAINT payments_currency_form CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT payments_declined_has_code CHECK ((status = 'declined') = (decline_code IS NOT NULL)),
    CONSTRAINT payments_held_has_reference
        CHECK (status NOT IN ('authorized', 'captured') OR provider_reference IS NOT NULL),
    CONSTRAINT payments_refunded_within_captured
        CHECK (refunded_minor = 0
               OR (status = 'captured' AND refunded_minor BETWEEN 0 AND amount_minor))
) WITH (
    -- A payment is updated two or three times, in columns without an index: room for that in the page.
    fillfactor = 80
);

-- An order is paid at most once: also the way to a payment by its order.
CREATE UNIQUE INDEX payments_order_id ON payments (order_id);

COMMENT ON TABLE payments IS 'What was asked of the provider for an order, and where it stands';
COMMENT ON COLUMN payments.id IS 'Drawn by the sender of payment.authorize.v1';
COMMENT ON COLUMN payments.customer_id IS 'Who pays; null, like all the terms, on the tombstone that a void leaves when it comes before its authorize';
COMMENT ON COLUMN payments.amount_minor IS 'The order''s total in minor units';
COMMENT ON COLUMN payments.payment_method IS 'The provider''s name of the payment method; never a card number';
COMMENT ON COLUMN payments.void_requested IS 'A void waits for the outcome of the authorization, or for the provider';
COMMENT ON COLUMN payments.capture_requested IS 'A capture waits for the provider';
COMMENT ON COLUMN payments.refunded_minor IS 'Sum of the refunds that succeeded';
COMMENT ON COLUMN payments.capture_code IS 'Why the last capture failed';
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

COMMENT ON TABLE refunds IS 'Money that goes back, one row per payment.refund.v1';
COMMENT ON COLUMN refunds.id IS 'Drawn by the sender; the same id again is the same refund';
COMMENT ON COLUMN refunds.failure_code IS 'Why it failed: ours (amount_too_large, not_captured) or the provider''s';

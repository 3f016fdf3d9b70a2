-- Refunds of orders.

CREATE TABLE refunds (
    id uuid PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders (id),
    idempotency_key text NOT NULL,
    fingerprint bytea NOT NULL,
    amount_minor bigint NOT NULL CONSTRAINT refunds_amount CHECK (amount_minor > 0),
    currency text NOT NULL CONSTRAINT refunds_currency CHECK (currency ~ '^[A-Z]{3}$'),
    reason text NOT NULL,
    status text NOT NULL CONSTRAINT refunds_status CHECK (status IN ('requested', 'succeeded', 'failed')),
    attempts integer NOT NULL,
    next_attempt_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT refunds_idempotency UNIQUE (order_id, idempotency_key),
    CONSTRAINT refunds_open_have_a_deadline CHECK ((status = 'requested') = (next_attempt_at IS NOT NULL))
);
COMMENT ON TABLE refunds IS 'Money returned to the customer. Refunds that did not fail never add up to more than the order''s total.';
COMMENT ON COLUMN refunds.fingerprint IS 'SHA-256 of the request: the same key with another request is refused.';
COMMENT ON COLUMN refunds.reason IS 'As the requester wrote it.';
COMMENT ON COLUMN refunds.next_attempt_at IS 'When to send the command to payment again.';
CREATE INDEX refunds_due ON refunds (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX refunds_waiting ON refunds (created_at, id) WHERE status = 'requested';

-- Idempotency keys of POST /orders.

CREATE TABLE idempotency_keys (
    customer_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    answer jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (customer_id, key)
);
COMMENT ON TABLE idempotency_keys IS 'Answers to checkouts, committed together with their order.';
COMMENT ON COLUMN idempotency_keys.fingerprint IS 'SHA-256 of the request: the same key with another request is refused.';
COMMENT ON COLUMN idempotency_keys.answer IS 'The order as it was placed: the same request again is answered with it.';
-- Rows arrive in order of time, so block ranges suffice to find old ones, at almost no cost per insert.
CREATE INDEX idempotency_keys_created_at ON idempotency_keys USING brin (created_at);

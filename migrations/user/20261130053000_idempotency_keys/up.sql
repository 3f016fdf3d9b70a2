-- Requests that may be repeated: an address is added once.

CREATE TABLE idempotency_keys (
    account_id uuid NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    answer jsonb,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, key)
);
COMMENT ON TABLE idempotency_keys IS 'Answers to requests with an idempotency key, committed together with what they did.';
COMMENT ON COLUMN idempotency_keys.account_id IS 'Who sent the request: a key belongs to an account.';
COMMENT ON COLUMN idempotency_keys.key IS 'Chosen by the client.';
COMMENT ON COLUMN idempotency_keys.fingerprint IS 'SHA-256 of operation and request: the same key with another request is refused.';
COMMENT ON COLUMN idempotency_keys.answer IS 'The same request again is answered with it. Empty only within the transaction.';
-- Rows arrive in order of time, so block ranges suffice to find old ones, at almost no cost per insert.
CREATE INDEX idempotency_keys_created_at ON idempotency_keys USING brin (created_at);

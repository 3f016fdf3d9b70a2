-- Limits: failed sign-ins per client network, account and known device; e-mails about registrations per client network.

CREATE TABLE throttles (
    key      bytea       PRIMARY KEY CONSTRAINT throttles_key_check CHECK (octet_length(key) = 32),
    empty_at timestamptz NOT NULL
);
-- For the deletion of empty buckets.
CREATE INDEX throttles_empty_at_idx ON throttles (empty_at);
COMMENT ON TABLE throttles IS 'Leaky buckets of failed sign-ins and of e-mails about registrations. A job deletes empty ones.';
COMMENT ON COLUMN throttles.key IS 'HMAC-SHA-256 of the network, the e-mail address or the device under a key of the service: the table holds no personal data.';
COMMENT ON COLUMN throttles.empty_at IS 'When the bucket has drained. Nothing is let through while this is further ahead than the burst allows.';

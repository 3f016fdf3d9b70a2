-- Calls to the provider that are due or were made.

CREATE TABLE operations (
    id              uuid        PRIMARY KEY,
    payment_id      uuid        NOT NULL REFERENCES payments (id),
    kind            text        NOT NULL,
    refund_id       uuid        REFERENCES refunds (id),
    amount_minor    bigint      NOT NULL,
    currency        text        NOT NULL,
    key_number      integer     NOT NULL DEFAULT 1,
    key_spent       boolean     NOT NULL DEFAULT false,
    unclear         boolean     NOT NULL DEFAULT false,
    traceparent     text,
    tracestate      text,
    attempts        integer     NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    leased_until    timestamptz,
    last_error      text,
    outcome         text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    finished_at     timestamptz,

    CONSTRAINT operations_kind_known CHECK (kind IN ('authorize', 'capture', 'void', 'refund')),
    CONSTRAINT operations_refund_named CHECK ((kind = 'refund') = (refund_id IS NOT NULL)),
    CONSTRAINT operations_key_number_counted CHECK (key_number >= 1),
    CONSTRAINT operations_outcome_known CHECK (outcome IN ('done', 'refused', 'not_needed')),
    CONSTRAINT operations_finished_has_outcome CHECK ((finished_at IS NULL) = (outcome IS NULL))
) WITH (
    -- A lease changes no index and fits into the page. Finished rows leave dead entries at the front of
    -- operations_due, where every worker starts: vacuum them soon, whatever the number of rows.
    fillfactor = 85,
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_threshold = 2000
);

-- At most one open or done operation per payment and kind; a refused capture may be requested again.
CREATE UNIQUE INDEX operations_once
    ON operations (payment_id, kind, coalesce(refund_id, payment_id))
    WHERE outcome IS NULL OR outcome = 'done';

CREATE INDEX operations_due ON operations (next_attempt_at) WHERE finished_at IS NULL;
-- Operations are finished roughly in order of time, so block ranges suffice to find old ones.
CREATE INDEX operations_finished_at ON operations USING brin (finished_at);

COMMENT ON TABLE operations IS 'Calls to the provider that are due or were made; workers lease them';
COMMENT ON COLUMN operations.id IS 'Also the idempotency key at the provider: all attempts of an operation have one effect';
COMMENT ON COLUMN operations.amount_minor IS 'The amount to authorize, capture, void or refund, in minor units';
COMMENT ON COLUMN operations.key_number IS 'The idempotency key in use: 1 is the id alone, 2 is id:2; written before the key is used';
COMMENT ON COLUMN operations.key_spent IS 'The provider answers this key with a stored server error, so it can no longer succeed';
COMMENT ON COLUMN operations.unclear IS 'The provider gave an unusable answer, and the outcome of the attempts is still unknown';
COMMENT ON COLUMN operations.traceparent IS 'W3C trace context of the command that caused it';
COMMENT ON COLUMN operations.tracestate IS 'W3C tracestate of the same span, passed on unchanged';
COMMENT ON COLUMN operations.attempts IS 'How often it was leased; 0 means that the provider was never called';
COMMENT ON COLUMN operations.leased_until IS 'Until then one worker has the lease; after a crash another one takes over';
COMMENT ON COLUMN operations.last_error IS 'Why the last attempt has no outcome';
COMMENT ON COLUMN operations.outcome IS 'done, refused by the provider, or not_needed: withdrawn before the provider was called';

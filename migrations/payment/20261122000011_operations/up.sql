CREATE TABLE operations (
    id              uuid        PRIMARY KEY,
    payment_id      uuid        NOT NULL REFERENCES payments (id),
    kind            text        NOT NULL,
    refund_id       uuid        REFERENCES refunds (id),
    amount_minor    bigint      NOT NULL,
    currency        text        NOT NULL,
    traceparent     text,
    attempts        integer     NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    leased_until    timestamptz,
    last_error      text,
    outcome         text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    finished_at     timestamptz,

    CONSTRAINT operations_kind_known CHECK (kind IN ('authorize', 'capture', 'void', 'refund')),
    CONSTRAINT operations_refund_named CHECK ((kind = 'refund') = (refund_id IS NOT NULL)),
    CONSTRAINT operations_outcome_known CHECK (outcome IN ('done', 'refused', 'not_needed')),
    CONSTRAINT operations_finished_has_outcome CHECK ((finished_at IS NULL) = (outcome IS NULL))
) WITH (
    -- A lease changes no index and fits into the page. Finished rows leave dead entries at the front
    -- of operations_due, where every worker looks first: vacuum them soon, however many rows there are.
    fillfactor = 85,
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_threshold = 2000
);

-- At most one that is open or done for a payment and kind; a refused capture may be asked again.
CREATE UNIQUE INDEX operations_once
    ON operations (payment_id, kind, coalesce(refund_id, payment_id))
    WHERE outcome IS NULL OR outcome = 'done';

CREATE INDEX operations_due ON operations (next_attempt_at) WHERE finished_at IS NULL;

COMMENT ON TABLE operations IS 'Calls to the provider that are owed or were made; workers lease them';
COMMENT ON COLUMN operations.id IS 'Also the idempotency key at the provider: every try of an operation is one call in effect';
COMMENT ON COLUMN operations.amount_minor IS 'What is to be held, taken, let go or given back, in minor units';
COMMENT ON COLUMN operations.traceparent IS 'W3C trace context of the command that asked for it';
COMMENT ON COLUMN operations.attempts IS 'How often it was leased; 0 means that the provider was never asked';
COMMENT ON COLUMN operations.leased_until IS 'Until then one worker is at it; after a crash another one takes over';
COMMENT ON COLUMN operations.last_error IS 'Why the last try has no outcome yet';
COMMENT ON COLUMN operations.outcome IS 'done, refused by the provider, or not_needed: taken back before the provider was asked';

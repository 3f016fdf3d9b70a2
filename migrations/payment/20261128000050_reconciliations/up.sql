-- Comparisons of our payments with the provider's.

CREATE TABLE reconciliations (
    id           uuid        PRIMARY KEY,
    origin       text        NOT NULL,
    requested_by uuid,
    window_from  timestamptz NOT NULL,
    window_until timestamptz NOT NULL,
    status       text        NOT NULL DEFAULT 'running',
    payments     bigint      NOT NULL DEFAULT 0,
    intents      bigint      NOT NULL DEFAULT 0,
    differences  bigint      NOT NULL DEFAULT 0,
    attempts     integer     NOT NULL DEFAULT 0,
    leased_until timestamptz,
    error        text,
    requested_at timestamptz NOT NULL,
    finished_at  timestamptz,

    CONSTRAINT reconciliations_origin_known CHECK (origin IN ('schedule', 'staff', 'command')),
    CONSTRAINT reconciliations_status_known CHECK (status IN ('running', 'completed', 'failed')),
    CONSTRAINT reconciliations_window_forward CHECK (window_from < window_until),
    CONSTRAINT reconciliations_running_is_not_finished
        CHECK ((status = 'running') = (finished_at IS NULL)),
    CONSTRAINT reconciliations_failed_has_error CHECK ((status = 'failed') = (error IS NOT NULL))
);

-- One at a time: a second one would read the same pages from the provider.
CREATE UNIQUE INDEX reconciliations_one_at_a_time
    ON reconciliations ((finished_at IS NULL)) WHERE finished_at IS NULL;

COMMENT ON TABLE reconciliations IS 'Comparisons of our payments with the provider''s: finished, running or requested';
COMMENT ON COLUMN reconciliations.origin IS 'The schedule, a staff member, or the command line';
COMMENT ON COLUMN reconciliations.requested_by IS 'The staff member';
COMMENT ON COLUMN reconciliations.window_from IS 'Payments created or changed at or after this time are compared';
COMMENT ON COLUMN reconciliations.window_until IS 'Payments created or changed before this time are compared';
COMMENT ON COLUMN reconciliations.payments IS 'Our payments that were compared so far';
COMMENT ON COLUMN reconciliations.intents IS 'The provider''s intents that were read so far';
COMMENT ON COLUMN reconciliations.attempts IS 'How often a replica started it; later writes of an earlier attempt are ignored';
COMMENT ON COLUMN reconciliations.leased_until IS 'Until then one replica runs it; after a crash another one starts again';

CREATE TABLE reconciliation_intents (
    reconciliation_id uuid        NOT NULL REFERENCES reconciliations (id) ON DELETE CASCADE,
    attempt           integer     NOT NULL,
    reference         text        NOT NULL,
    payment_id        uuid,
    status            text        NOT NULL,
    amount_minor      bigint      NOT NULL,
    currency          text        NOT NULL,
    received_minor    bigint      NOT NULL,
    refunded_minor    bigint      NOT NULL DEFAULT 0,
    created_at        timestamptz NOT NULL,
    canceled_at       timestamptz,

    PRIMARY KEY (reconciliation_id, attempt, reference)
);

CREATE INDEX reconciliation_intents_payment_id
    ON reconciliation_intents (reconciliation_id, attempt, payment_id);

COMMENT ON TABLE reconciliation_intents IS 'The provider''s list, kept while a reconciliation runs, so that memory use does not grow with the number of payments';
COMMENT ON COLUMN reconciliation_intents.attempt IS 'reconciliations.attempts of the replica that read it';
COMMENT ON COLUMN reconciliation_intents.reference IS 'The provider''s own id: pi_..';
COMMENT ON COLUMN reconciliation_intents.payment_id IS 'The payment that the intent''s metadata names';

CREATE TABLE reconciliation_differences (
    reconciliation_id  uuid    NOT NULL REFERENCES reconciliations (id) ON DELETE CASCADE,
    nth                integer NOT NULL,
    kind               text    NOT NULL,
    order_id           uuid,
    payment_id         uuid,
    provider_reference text,
    ours               text    NOT NULL,
    theirs             text    NOT NULL,

    PRIMARY KEY (reconciliation_id, nth),
    CONSTRAINT reconciliation_differences_kind_known CHECK (kind IN
        ('missing_at_provider', 'unknown_to_us', 'status', 'amount', 'captured', 'refunded', 'ledger'))
);

COMMENT ON TABLE reconciliation_differences IS 'Differences between our payments and the provider''s, written when the reconciliation ends';
COMMENT ON COLUMN reconciliation_differences.nth IS 'From 0, the oldest payment first';

-- Webhooks that were received, and the lookups at the provider.

CREATE TABLE webhook_events (
    id          text        PRIMARY KEY,
    type        text        NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now()
);

-- Rows arrive in order of time, so block ranges suffice to find old ones.
CREATE INDEX webhook_events_received_at ON webhook_events USING brin (received_at);

COMMENT ON TABLE webhook_events IS 'Webhook events that were accepted: the same event again does nothing';
COMMENT ON COLUMN webhook_events.id IS 'The provider''s own id: evt_..';
COMMENT ON COLUMN webhook_events.received_at IS 'Rows are deleted after the retention time, far beyond any redelivery';

CREATE TABLE lookups (
    id                 uuid        PRIMARY KEY,
    payment_id         uuid        NOT NULL,
    refund_id          uuid,
    provider_reference text        NOT NULL,
    attempts           integer     NOT NULL DEFAULT 0,
    hinted_attempts    integer     NOT NULL DEFAULT 0,
    unusable           integer     NOT NULL DEFAULT 0,
    next_attempt_at    timestamptz NOT NULL,
    leased_until       timestamptz,
    last_error         text,
    created_at         timestamptz NOT NULL DEFAULT now()
) WITH (
    -- Leased and postponed in place.
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_threshold = 1000
);

-- One per payment, one per refund: several webhooks about the same object share it.
CREATE UNIQUE INDEX lookups_once ON lookups (payment_id, coalesce(refund_id, payment_id));
CREATE INDEX lookups_due ON lookups (next_attempt_at);

COMMENT ON TABLE lookups IS 'Objects to look up at the provider, after a webhook or in case one never arrives; workers lease them';
COMMENT ON COLUMN lookups.payment_id IS 'A row of payments; no foreign key, because its check would wait for a lock on the payment';
COMMENT ON COLUMN lookups.refund_id IS 'The refund to look up; null: the payment intent';
COMMENT ON COLUMN lookups.provider_reference IS 'The provider''s id: pi_.. or re_..';
COMMENT ON COLUMN lookups.attempts IS 'Counts leases, and webhooks and other triggers; guards what a late worker writes';
COMMENT ON COLUMN lookups.hinted_attempts IS 'attempts at the last trigger: one that arrives during a lookup causes another lookup, and the wait grows with the leases since';
COMMENT ON COLUMN lookups.unusable IS 'Unusable answers since the last usable one; after some the lookup is abandoned';
COMMENT ON COLUMN lookups.leased_until IS 'Until then one worker has the lease; after a crash another one takes over';
COMMENT ON COLUMN lookups.last_error IS 'Why the last attempt gave no usable answer';

CREATE TABLE orphan_intents (
    provider_reference text        PRIMARY KEY,
    payment_id         uuid        NOT NULL,
    attempts           integer     NOT NULL DEFAULT 0,
    hinted_attempts    integer     NOT NULL DEFAULT 0,
    next_attempt_at    timestamptz NOT NULL DEFAULT now(),
    leased_until       timestamptz,
    reported_at        timestamptz,
    last_error         text,
    created_at         timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX orphan_intents_due ON orphan_intents (next_attempt_at);

COMMENT ON TABLE orphan_intents IS 'Payment intents that name a payment but are not the one it refers to; workers lease them, look them up, and cancel those that hold money or are open';
COMMENT ON COLUMN orphan_intents.provider_reference IS 'The provider''s own id: pi_..';
COMMENT ON COLUMN orphan_intents.payment_id IS 'The payment that it names; no foreign key, because its check would wait for a lock on the payment';
COMMENT ON COLUMN orphan_intents.attempts IS 'Counts leases and webhooks; guards what a late worker writes; the wait grows with it';
COMMENT ON COLUMN orphan_intents.hinted_attempts IS 'attempts at the last webhook: one that arrives during a lookup causes another lookup';
COMMENT ON COLUMN orphan_intents.leased_until IS 'Until then one worker has the lease; after a crash another one takes over';
COMMENT ON COLUMN orphan_intents.reported_at IS 'When it was found to hold money or to be open, and logged';
COMMENT ON COLUMN orphan_intents.last_error IS 'Why the last attempt failed';

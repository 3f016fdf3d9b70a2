CREATE TABLE lookups (
    id                 uuid        PRIMARY KEY,
    payment_id         uuid        NOT NULL,
    refund_id          uuid,
    provider_reference text        NOT NULL,
    hints              bigint      NOT NULL DEFAULT 0,
    attempts           integer     NOT NULL DEFAULT 0,
    next_attempt_at    timestamptz NOT NULL,
    leased_until       timestamptz,
    last_error         text,
    created_at         timestamptz NOT NULL DEFAULT now()
) WITH (
    -- Leased and put off in place.
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_threshold = 1000
);

-- One for a payment, one for each of its refunds: hints about the same thing share it.
CREATE UNIQUE INDEX lookups_once ON lookups (payment_id, coalesce(refund_id, payment_id));
CREATE INDEX lookups_due ON lookups (next_attempt_at);

COMMENT ON TABLE lookups IS 'What is to be looked up at the provider, because it told of news, or because something waits for news that may never be told; workers lease them';
COMMENT ON COLUMN lookups.payment_id IS 'A row of payments; no foreign key, whose check would wait for whoever has locked the payment';
COMMENT ON COLUMN lookups.refund_id IS 'The refund to look up; null: the payment intent';
COMMENT ON COLUMN lookups.provider_reference IS 'What to ask for: pi_.. or re_..';
COMMENT ON COLUMN lookups.hints IS 'Counts the hints; one that came while the provider was asked is looked into again';
COMMENT ON COLUMN lookups.attempts IS 'How often it was leased since the last hint; the wait grows with it';
COMMENT ON COLUMN lookups.leased_until IS 'Until then one worker is at it; after a crash another one takes over';
COMMENT ON COLUMN lookups.last_error IS 'Why the provider gave no usable answer the last time';

CREATE TABLE webhook_events (
    id          text        PRIMARY KEY,
    type        text        NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now()
);

-- Rows arrive in the order of time, so block ranges are enough to find the old ones.
CREATE INDEX webhook_events_received_at ON webhook_events USING brin (received_at);

COMMENT ON TABLE webhook_events IS 'Events of the provider that were taken in: the same one again does nothing';
COMMENT ON COLUMN webhook_events.id IS 'The provider''s own id: evt_..';
COMMENT ON COLUMN webhook_events.received_at IS 'Rows are deleted after the retention time, far beyond any redelivery';

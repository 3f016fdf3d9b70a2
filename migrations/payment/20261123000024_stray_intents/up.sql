CREATE TABLE stray_intents (
    provider_reference text        PRIMARY KEY,
    payment_id         uuid        NOT NULL,
    hints              bigint      NOT NULL DEFAULT 0,
    attempts           integer     NOT NULL DEFAULT 0,
    next_attempt_at    timestamptz NOT NULL DEFAULT now(),
    leased_until       timestamptz,
    reported_at        timestamptz,
    last_error         text,
    created_at         timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX stray_intents_due ON stray_intents (next_attempt_at);

COMMENT ON TABLE stray_intents IS 'Intents that name a payment and are not its own; workers lease them, look at the provider, and cancel what holds money or waits';
COMMENT ON COLUMN stray_intents.provider_reference IS 'The provider''s own id: pi_..';
COMMENT ON COLUMN stray_intents.payment_id IS 'The payment that it names; no foreign key, whose check would wait for whoever has locked the payment';
COMMENT ON COLUMN stray_intents.hints IS 'Counts the hints; one that came while the provider was asked is looked into again';
COMMENT ON COLUMN stray_intents.attempts IS 'How often it was leased; the wait grows with it';
COMMENT ON COLUMN stray_intents.leased_until IS 'Until then one worker is at it; after a crash another one takes over';
COMMENT ON COLUMN stray_intents.reported_at IS 'When it was found to hold money or to wait, and logged';
COMMENT ON COLUMN stray_intents.last_error IS 'Why the last try came to nothing';

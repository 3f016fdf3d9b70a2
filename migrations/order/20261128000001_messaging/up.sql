-- The outbox and the inbox. The same in every service's database; `shared/outbox` owns them.

CREATE TABLE outbox (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    message_id      uuid        NOT NULL,
    exchange        text        NOT NULL,
    type            text        NOT NULL,
    source          text        NOT NULL,
    subject         text        NOT NULL,
    traceparent     text,
    tracestate      text,
    data            text        NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    attempts        integer     NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    leased_until    timestamptz,
    last_error      text
) WITH (
    -- A row lives for milliseconds and is updated once. The fill factor leaves space for that update in
    -- the page, and vacuum is triggered by the number of dead rows, not by their share.
    fillfactor = 70,
    autovacuum_vacuum_scale_factor = 0.0,
    autovacuum_vacuum_threshold = 2000,
    autovacuum_analyze_scale_factor = 0.0,
    autovacuum_analyze_threshold = 10000
);

COMMENT ON TABLE outbox IS 'Messages to publish, written in the transaction that caused them; the relay deletes a row once the broker has confirmed it';
COMMENT ON COLUMN outbox.id IS 'Approximate order of publishing: assigned at insert, not at commit';
COMMENT ON COLUMN outbox.message_id IS 'CloudEvents id, UUIDv7; consumers recognize duplicates by it';
COMMENT ON COLUMN outbox.exchange IS 'mercantile.commands or mercantile.events';
COMMENT ON COLUMN outbox.type IS 'CloudEvents type and routing key: payment.authorize.v1';
COMMENT ON COLUMN outbox.traceparent IS 'W3C trace context of the span that wrote the message';
COMMENT ON COLUMN outbox.tracestate IS 'W3C tracestate of the same span, passed on unchanged';
COMMENT ON COLUMN outbox.data IS 'The message as JSON, byte for byte as it is published';
COMMENT ON COLUMN outbox.attempts IS 'How often a relay leased the row; the wait after a failure grows with it';
COMMENT ON COLUMN outbox.next_attempt_at IS 'The row waits until then after a failure';
COMMENT ON COLUMN outbox.leased_until IS 'Until then one relay publishes the row; after a crash another one takes over';
COMMENT ON COLUMN outbox.last_error IS 'Why the broker did not take it; NULL: it never failed';

CREATE TABLE inbox (
    queue       text        NOT NULL,
    message_id  uuid        NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (queue, message_id)
);

COMMENT ON TABLE inbox IS 'Messages that were handled, written in the transaction that handled them: a second delivery finds its row and does nothing';
COMMENT ON COLUMN inbox.queue IS 'The consumer''s queue; two queues of one service may take the same event';
COMMENT ON COLUMN inbox.received_at IS 'Rows are deleted after the retention time, far beyond any redelivery';

-- Rows arrive in order of time, so block ranges suffice to find old ones.
CREATE INDEX inbox_received_at ON inbox USING brin (received_at);

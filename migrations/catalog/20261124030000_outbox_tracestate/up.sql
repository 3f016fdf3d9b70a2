-- What tracing systems on the way note for themselves, beside `traceparent`: identical in every
-- service's database, owned by the crate `shared/outbox`.

ALTER TABLE outbox ADD COLUMN tracestate text;

COMMENT ON COLUMN outbox.tracestate IS 'W3C tracestate of the span that wrote the message, passed on as it is';

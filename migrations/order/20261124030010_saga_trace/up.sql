ALTER TABLE sagas
    ADD COLUMN traceparent text,
    ADD COLUMN tracestate text;

COMMENT ON COLUMN sagas.traceparent IS 'W3C trace context of the span that placed the order: what a deadline does later belongs to the same trace.';
COMMENT ON COLUMN sagas.tracestate IS 'What tracing systems noted beside it, passed on as it is.';

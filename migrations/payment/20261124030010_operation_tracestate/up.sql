ALTER TABLE operations ADD COLUMN tracestate text;

COMMENT ON COLUMN operations.tracestate IS 'What tracing systems noted beside traceparent, passed on as it is';

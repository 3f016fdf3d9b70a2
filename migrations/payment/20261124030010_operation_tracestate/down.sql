ALTER TABLE operations DROP COLUMN tracestate;

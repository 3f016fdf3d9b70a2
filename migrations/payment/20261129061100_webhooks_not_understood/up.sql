-- Signed webhooks that are not understood, kept for staff.

CREATE TABLE webhooks_not_understood (
    id            uuid        PRIMARY KEY,
    problem       text        NOT NULL,
    payload       text        NOT NULL,
    payload_bytes integer     NOT NULL,
    received_at   timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE webhooks_not_understood IS 'Signed webhooks that are not understood, for staff; the oldest are deleted';
COMMENT ON COLUMN webhooks_not_understood.id IS 'UUIDv7';
COMMENT ON COLUMN webhooks_not_understood.problem IS 'What is wrong with the payload';
COMMENT ON COLUMN webhooks_not_understood.payload IS 'The first bytes of the body, invalid UTF-8 and NUL replaced';
COMMENT ON COLUMN webhooks_not_understood.payload_bytes IS 'Bytes of the whole body';

-- E-mails that are to be sent.

CREATE TABLE notifications (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT notifications_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    order_id uuid NOT NULL,
    event jsonb NOT NULL CONSTRAINT notifications_event_check CHECK (event ? 'kind'),
    happened_at timestamptz NOT NULL,
    traceparent text,
    tracestate text,
    status text NOT NULL DEFAULT 'pending' CONSTRAINT notifications_status_check
        CHECK (status IN ('pending', 'sent', 'refused', 'failed')),
    attempts integer NOT NULL DEFAULT 0 CONSTRAINT notifications_attempts_check CHECK (attempts >= 0),
    next_attempt_at timestamptz NOT NULL DEFAULT now(),
    leased_until timestamptz,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    CONSTRAINT notifications_finished_check CHECK ((status = 'pending') = (finished_at IS NULL))
);
-- Only what is still to be sent.
CREATE INDEX notifications_due_idx ON notifications (next_attempt_at) WHERE finished_at IS NULL;
CREATE INDEX notifications_finished_at_idx ON notifications (finished_at) WHERE finished_at IS NOT NULL;
-- For the deletion of an account.
CREATE INDEX notifications_user_id_idx ON notifications (user_id);
COMMENT ON TABLE notifications IS 'E-mails to customers about their orders, one row each. They are deleted with the account; a job deletes old finished ones.';
COMMENT ON COLUMN notifications.id IS 'The id of the message that caused it; the Message-ID of the mail derives from it, so that a mail sent twice can be recognized.';
COMMENT ON COLUMN notifications.user_id IS 'The recipient. Address and name are read from users when the mail is sent and are not stored here.';
COMMENT ON COLUMN notifications.order_id IS 'The order that it is about.';
COMMENT ON COLUMN notifications.event IS 'The event: its kind, and what the template needs. No personal data.';
COMMENT ON COLUMN notifications.happened_at IS 'When the event happened; the Date of the mail. An event that is too old is not sent.';
COMMENT ON COLUMN notifications.traceparent IS 'W3C trace context of the span that handled the message.';
COMMENT ON COLUMN notifications.tracestate IS 'W3C tracestate of the same span, passed on unchanged.';
COMMENT ON COLUMN notifications.status IS 'sent: the mail server accepted it; refused: it rejected it for good; failed: no attempt succeeded in time.';
COMMENT ON COLUMN notifications.attempts IS 'How often it was leased. Only the latest lease may postpone it; any lease may record that it was sent.';
COMMENT ON COLUMN notifications.leased_until IS 'Until then one replica sends it.';
COMMENT ON COLUMN notifications.last_error IS 'Why the last attempt failed, in our own text: the server''s could contain the address.';

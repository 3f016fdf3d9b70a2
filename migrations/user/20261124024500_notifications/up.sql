CREATE TABLE notifications (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT notifications_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    order_id uuid NOT NULL,
    news jsonb NOT NULL CONSTRAINT notifications_news_check CHECK (news ? 'kind'),
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
-- What is due, for the replicas that send: nothing else is in it.
CREATE INDEX notifications_due_idx ON notifications (next_attempt_at) WHERE finished_at IS NULL;
CREATE INDEX notifications_finished_at_idx ON notifications (finished_at) WHERE finished_at IS NOT NULL;
-- Serves the end of an account.
CREATE INDEX notifications_user_id_idx ON notifications (user_id);
COMMENT ON TABLE notifications IS 'E-mails to customers about their orders, one row each. They go with the account; a job deletes those that ended long ago.';
COMMENT ON COLUMN notifications.id IS 'The id of the message that told the news; the Message-ID of the mail is made of it, so a mail that went out twice can be recognized.';
COMMENT ON COLUMN notifications.user_id IS 'To whom. Address and name are read from users at the moment of sending, and are not here.';
COMMENT ON COLUMN notifications.order_id IS 'About which order of the service order.';
COMMENT ON COLUMN notifications.news IS 'What happened: kind, and what the text needs to say. No personal data.';
COMMENT ON COLUMN notifications.happened_at IS 'When it happened, as the message says; the Date of the mail. What is too old is not sent any more.';
COMMENT ON COLUMN notifications.traceparent IS 'W3C trace context of the message''s handling.';
COMMENT ON COLUMN notifications.tracestate IS 'What tracing systems on the way noted for themselves.';
COMMENT ON COLUMN notifications.status IS 'sent: the mail server has taken it; refused: it never will; failed: it was too late to try again.';
COMMENT ON COLUMN notifications.attempts IS 'How often it was leased. Who leased it last may put it off; that it was sent counts whoever says it.';
COMMENT ON COLUMN notifications.leased_until IS 'Until then one replica is sending it.';
COMMENT ON COLUMN notifications.last_error IS 'What kept it, in words of ours: the server''s own could hold the address.';

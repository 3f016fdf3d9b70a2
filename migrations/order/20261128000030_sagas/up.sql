-- The state of each checkout saga.

CREATE TABLE sagas (
    order_id uuid PRIMARY KEY REFERENCES orders (id),
    status text NOT NULL CONSTRAINT sagas_status CHECK (status IN ('running', 'compensating', 'done')),
    step text CONSTRAINT sagas_step
        CHECK (step IN ('reserve', 'authorize', 'commit', 'capture', 'void', 'release')),
    reason text,
    attempts integer NOT NULL,
    next_attempt_at timestamptz,
    since timestamptz NOT NULL DEFAULT now(),
    action_url text,
    action_expires_at timestamptz,
    waited_for_customer boolean NOT NULL DEFAULT false,
    hold_expired boolean NOT NULL DEFAULT false,
    traceparent text,
    tracestate text,
    updated_at timestamptz NOT NULL,
    CONSTRAINT sagas_done_have_no_step CHECK ((status = 'done') = (step IS NULL)),
    CONSTRAINT sagas_open_have_a_deadline CHECK ((step IS NULL) = (next_attempt_at IS NULL)),
    CONSTRAINT sagas_compensate_for_a_reason CHECK ((status = 'compensating') <= (reason IS NOT NULL)),
    CONSTRAINT sagas_actions_expire CHECK ((action_url IS NULL) = (action_expires_at IS NULL))
);
COMMENT ON TABLE sagas IS 'The reply that an order waits for: one row per order, never deleted.';
COMMENT ON COLUMN sagas.status IS 'running: going forward; compensating: undoing; done: no step is open.';
COMMENT ON COLUMN sagas.step IS 'The command that was sent and has no reply yet.';
COMMENT ON COLUMN sagas.reason IS 'Why the order is being, or was, undone.';
COMMENT ON COLUMN sagas.attempts IS 'How often the command of the step was sent.';
COMMENT ON COLUMN sagas.next_attempt_at IS 'The deadline: send again, or give up and compensate.';
COMMENT ON COLUMN sagas.since IS 'When the command of the step was first sent; without meaning while no step is open.';
COMMENT ON COLUMN sagas.action_url IS 'Where the customer completes 3-D Secure; null when no action is required.';
COMMENT ON COLUMN sagas.action_expires_at IS 'When the order stops waiting for the customer.';
COMMENT ON COLUMN sagas.waited_for_customer IS 'Whether 3-D Secure was required: the customer''s time does not count as ours.';
COMMENT ON COLUMN sagas.hold_expired IS 'Whether the provider has let the authorization expire.';
COMMENT ON COLUMN sagas.traceparent IS 'W3C trace context of the span that placed the order: what a deadline does later belongs to the same trace.';
COMMENT ON COLUMN sagas.tracestate IS 'W3C tracestate of the same span, passed on unchanged.';
CREATE INDEX sagas_due ON sagas (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
-- Only open sagas are indexed: the index stays small, whatever the number of orders.
CREATE INDEX sagas_waiting ON sagas (since, order_id) WHERE step IS NOT NULL;

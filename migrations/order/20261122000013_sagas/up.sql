CREATE TABLE sagas (
    order_id uuid PRIMARY KEY REFERENCES orders (id),
    status text NOT NULL CONSTRAINT sagas_status CHECK (status IN ('running', 'compensating', 'done')),
    step text CONSTRAINT sagas_step
        CHECK (step IN ('reserve', 'authorize', 'commit', 'capture', 'void', 'release')),
    reason text,
    attempts integer NOT NULL,
    next_attempt_at timestamptz,
    updated_at timestamptz NOT NULL,
    CONSTRAINT sagas_done_have_no_step CHECK ((status = 'done') = (step IS NULL)),
    CONSTRAINT sagas_open_have_a_deadline CHECK ((step IS NULL) = (next_attempt_at IS NULL)),
    CONSTRAINT sagas_compensate_for_a_reason CHECK ((status = 'compensating') <= (reason IS NOT NULL))
);
COMMENT ON TABLE sagas IS 'Which answer an order is waiting for: one row per order, for good.';
COMMENT ON COLUMN sagas.status IS 'running: going forward; compensating: undoing; done: waiting for nothing.';
COMMENT ON COLUMN sagas.step IS 'What was asked of a participant and is not answered yet.';
COMMENT ON COLUMN sagas.reason IS 'Why everything is being, or was, undone.';
COMMENT ON COLUMN sagas.attempts IS 'How often the step was asked for.';
COMMENT ON COLUMN sagas.next_attempt_at IS 'The deadline: ask again, or give up and undo.';
CREATE INDEX sagas_due ON sagas (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

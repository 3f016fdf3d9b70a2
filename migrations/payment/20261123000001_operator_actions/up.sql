-- What operators did by hand: identical in every service's database, owned by the
-- crate `shared/operations`.

CREATE TABLE operator_actions (
    id       uuid        PRIMARY KEY,
    kind     text        NOT NULL CONSTRAINT operator_actions_kind CHECK (kind <> ''),
    subject  text        NOT NULL,
    actor_id uuid        NOT NULL,
    reason   text        NOT NULL CONSTRAINT operator_actions_reason CHECK (char_length(reason) BETWEEN 1 AND 500),
    detail   text        NOT NULL,
    at       timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE operator_actions IS 'What was done by hand, by whom and why; written before or together with what was done, never changed';
COMMENT ON COLUMN operator_actions.id IS 'UUIDv7: newest first is the order of the key';
COMMENT ON COLUMN operator_actions.kind IS 'dead_letter.redrive, saga.retry and so on';
COMMENT ON COLUMN operator_actions.subject IS 'What it was done to: the id of a message or an order; empty for all of them';
COMMENT ON COLUMN operator_actions.actor_id IS 'The account of the staff member';
COMMENT ON COLUMN operator_actions.reason IS 'Why, in her words';
COMMENT ON COLUMN operator_actions.detail IS 'What it was done to, as it was then: JSON, or empty';

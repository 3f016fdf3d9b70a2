-- The audit of operators' actions. The same in every service's database; `shared/operations` owns it.

CREATE TABLE operator_actions (
    id       uuid        PRIMARY KEY,
    kind     text        NOT NULL CONSTRAINT operator_actions_kind CHECK (kind <> ''),
    subject  text        NOT NULL,
    actor_id uuid        NOT NULL,
    reason   text        NOT NULL CONSTRAINT operator_actions_reason CHECK (char_length(reason) BETWEEN 1 AND 500),
    detail   text        NOT NULL,
    at       timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE operator_actions IS 'Actions of operators, with who and why; written before or together with the action, never changed';
COMMENT ON COLUMN operator_actions.id IS 'UUIDv7: newest first is the order of the key';
COMMENT ON COLUMN operator_actions.kind IS 'dead_letter.redrive, saga.retry and so on';
COMMENT ON COLUMN operator_actions.subject IS 'The id of the message or order that was acted on; empty for all of them';
COMMENT ON COLUMN operator_actions.actor_id IS 'The account of the staff member';
COMMENT ON COLUMN operator_actions.reason IS 'Why, as the staff member wrote it';
COMMENT ON COLUMN operator_actions.detail IS 'The subject as it was before the action: JSON, or empty';

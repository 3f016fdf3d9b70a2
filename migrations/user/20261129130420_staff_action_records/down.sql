SET lock_timeout = '3s';

GRANT UPDATE, DELETE, TRUNCATE ON operator_actions TO CURRENT_USER;
DROP TRIGGER operator_actions_append_only ON operator_actions;
DROP FUNCTION operator_actions_append_only();

ALTER TABLE operator_actions
    DROP CONSTRAINT operator_actions_reason_length,
    ADD CONSTRAINT operator_actions_reason CHECK (char_length(reason) BETWEEN 1 AND 500) NOT VALID,
    DROP COLUMN before,
    DROP COLUMN after,
    DROP COLUMN trace_id;

COMMENT ON TABLE operator_actions IS 'Actions of operators, with who and why; written before or together with the action, never changed';
COMMENT ON COLUMN operator_actions.kind IS 'dead_letter.redrive, saga.retry and so on';
COMMENT ON COLUMN operator_actions.subject IS 'The id of the message or order that was acted on; empty for all of them';
COMMENT ON COLUMN operator_actions.actor_id IS 'The account of the staff member';
COMMENT ON COLUMN operator_actions.reason IS 'Why, as the staff member wrote it';

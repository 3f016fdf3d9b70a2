-- What an action of staff changed, and the request that did it. The records cannot be changed or removed.

SET lock_timeout = '3s';

ALTER TABLE operator_actions
    ADD COLUMN before jsonb,
    ADD COLUMN after jsonb,
    ADD COLUMN trace_id text,
    DROP CONSTRAINT operator_actions_reason,
    ADD CONSTRAINT operator_actions_reason_length CHECK (char_length(reason) <= 500) NOT VALID;

COMMENT ON TABLE operator_actions IS 'Actions of staff, with who, what and why; written before or together with the action, never changed';
COMMENT ON COLUMN operator_actions.kind IS 'dead_letter.redrive, saga.retry, product.update and so on';
COMMENT ON COLUMN operator_actions.subject IS 'The id of what was acted on: a message, an order, a SKU, an account; empty for all of them';
COMMENT ON COLUMN operator_actions.actor_id IS 'The account of the staff member; all zeros for the command line';
COMMENT ON COLUMN operator_actions.reason IS 'Why, as the staff member wrote it; empty where none is asked for';
COMMENT ON COLUMN operator_actions.before IS 'What the action changed, as it was; no personal data';
COMMENT ON COLUMN operator_actions.after IS 'The same as the action left it';
COMMENT ON COLUMN operator_actions.trace_id IS 'The trace of the request';

CREATE FUNCTION operator_actions_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'operator_actions is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER operator_actions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON operator_actions
    FOR EACH STATEMENT EXECUTE FUNCTION operator_actions_append_only();
-- The owner of a table has these rights until they are revoked.
REVOKE UPDATE, DELETE, TRUNCATE ON operator_actions FROM CURRENT_USER;

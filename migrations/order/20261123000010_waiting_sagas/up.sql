ALTER TABLE sagas
    ADD COLUMN since timestamptz NOT NULL DEFAULT now(),
    ADD COLUMN action_url text,
    ADD COLUMN action_expires_at timestamptz,
    ADD COLUMN hold_expired boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT sagas_actions_expire CHECK ((action_url IS NULL) = (action_expires_at IS NULL));
COMMENT ON COLUMN sagas.since IS 'When the step was first asked for; means nothing while there is none.';
COMMENT ON COLUMN sagas.action_url IS 'Where the customer must go before the authorization is answered (3-D Secure); NULL when nothing waits for her.';
COMMENT ON COLUMN sagas.action_expires_at IS 'When that is given up.';
COMMENT ON COLUMN sagas.hold_expired IS 'Whether the provider has let the authorized amount go by itself.';
UPDATE sagas SET since = updated_at WHERE step IS NOT NULL;

-- What is in flight is little, whatever the number of orders: both indexes stay small.
CREATE INDEX sagas_waiting ON sagas (since, order_id) WHERE step IS NOT NULL;
CREATE INDEX refunds_waiting ON refunds (created_at, id) WHERE status = 'requested';

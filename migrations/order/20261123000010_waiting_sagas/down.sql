DROP INDEX refunds_waiting;
DROP INDEX sagas_waiting;
ALTER TABLE sagas
    DROP CONSTRAINT sagas_actions_expire,
    DROP COLUMN hold_expired,
    DROP COLUMN action_expires_at,
    DROP COLUMN action_url,
    DROP COLUMN since;

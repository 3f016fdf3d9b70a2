-- The live sessions of one account, newest first: UUIDv7 sorts by time.
CREATE INDEX CONCURRENTLY sessions_live_of_user_idx ON sessions (user_id, id DESC) WHERE revoked_at IS NULL;

SET lock_timeout = '3s';
ALTER TABLE sessions DROP COLUMN user_agent;
COMMENT ON COLUMN sessions.revoked_at IS 'When the user signed out, or a spent token was used again.';

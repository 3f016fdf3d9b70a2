-- For the list of sessions that an owner sees.
SET lock_timeout = '3s';
ALTER TABLE sessions
    ADD COLUMN user_agent text,
    ADD CONSTRAINT sessions_user_agent_check CHECK (length(user_agent) BETWEEN 1 AND 200) NOT VALID;
COMMENT ON COLUMN sessions.user_agent IS 'What the client of the sign-in said it is, printable ASCII; personal data, shown to the owner only. NULL: nothing.';
COMMENT ON COLUMN sessions.revoked_at IS 'When the user signed out or ended it, a spent token was used again, or the password or the address changed.';

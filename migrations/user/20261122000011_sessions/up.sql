CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT sessions_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    started_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT sessions_expires_at_check CHECK (expires_at > started_at)
);
CREATE INDEX sessions_user_id_idx ON sessions (user_id);
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);
COMMENT ON TABLE sessions IS 'One sign-in each: the family of the refresh tokens that followed one another.';
COMMENT ON COLUMN sessions.id IS 'UUIDv7; the sid of the access tokens.';
COMMENT ON COLUMN sessions.expires_at IS 'When its newest refresh token ends. Rows past it are deleted by a job.';
COMMENT ON COLUMN sessions.revoked_at IS 'Signed out, or a spent token came again.';

CREATE TABLE refresh_tokens (
    token_hash bytea PRIMARY KEY CONSTRAINT refresh_tokens_token_hash_check CHECK (octet_length(token_hash) = 32),
    session_id uuid NOT NULL CONSTRAINT refresh_tokens_session_id_fkey REFERENCES sessions (id) ON DELETE CASCADE,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    spent_at timestamptz
);
CREATE INDEX refresh_tokens_session_id_idx ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_expires_at_idx ON refresh_tokens (expires_at);
-- Whatever the code does, a session never has two tokens that can be used.
CREATE UNIQUE INDEX refresh_tokens_one_unspent_idx ON refresh_tokens (session_id) WHERE spent_at IS NULL;
COMMENT ON TABLE refresh_tokens IS 'Every refresh token of a session, the spent ones too: that is how a stolen one is noticed.';
COMMENT ON COLUMN refresh_tokens.token_hash IS 'SHA-256 of the 256 random bits; the token itself is stored nowhere.';
COMMENT ON COLUMN refresh_tokens.spent_at IS 'When it was exchanged for the next one.';

-- Sessions and their refresh tokens.

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
COMMENT ON TABLE sessions IS 'One row per sign-in: the family of refresh tokens that were rotated from it.';
COMMENT ON COLUMN sessions.id IS 'UUIDv7; the sid of the access tokens.';
COMMENT ON COLUMN sessions.expires_at IS 'When its newest refresh token expires. A job deletes expired rows.';
COMMENT ON COLUMN sessions.revoked_at IS 'When the user signed out, or a spent token was used again.';

CREATE TABLE refresh_tokens (
    token_hash bytea PRIMARY KEY CONSTRAINT refresh_tokens_token_hash_check CHECK (octet_length(token_hash) = 32),
    session_id uuid NOT NULL CONSTRAINT refresh_tokens_session_id_fkey REFERENCES sessions (id) ON DELETE CASCADE,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    spent_at timestamptz
);
CREATE INDEX refresh_tokens_session_id_idx ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_expires_at_idx ON refresh_tokens (expires_at);
-- A session never has two usable tokens.
CREATE UNIQUE INDEX refresh_tokens_one_unspent_idx ON refresh_tokens (session_id) WHERE spent_at IS NULL;
COMMENT ON TABLE refresh_tokens IS 'Every refresh token of a session. Spent ones are kept: the reuse of one reveals a stolen token.';
COMMENT ON COLUMN refresh_tokens.token_hash IS 'SHA-256 of the 256 random bits; the token itself is stored nowhere.';
COMMENT ON COLUMN refresh_tokens.spent_at IS 'When it was rotated.';

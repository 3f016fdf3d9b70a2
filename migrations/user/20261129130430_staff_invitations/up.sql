-- Invitations to become staff.

CREATE TABLE staff_invitations (
    user_id uuid PRIMARY KEY CONSTRAINT staff_invitations_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    id uuid NOT NULL,
    token_hash bytea NOT NULL CONSTRAINT staff_invitations_token_hash_key UNIQUE
        CONSTRAINT staff_invitations_token_hash_check CHECK (octet_length(token_hash) = 32),
    staff_groups text[] NOT NULL CONSTRAINT staff_invitations_staff_groups_check CHECK (
        staff_groups <@ ARRAY['support', 'warehouse', 'catalog', 'finance', 'admin'] AND staff_groups <> '{}'
    ),
    expires_at timestamptz NOT NULL
);
COMMENT ON TABLE staff_invitations IS 'Invitations that nobody accepted yet, one per account; the next one replaces it.';
COMMENT ON COLUMN staff_invitations.id IS 'UUIDv7; the token in the mail is the HMAC of it under a server key, so the token is stored nowhere.';
COMMENT ON COLUMN staff_invitations.token_hash IS 'SHA-256 of the token.';
COMMENT ON COLUMN staff_invitations.staff_groups IS 'The groups that the account gets.';

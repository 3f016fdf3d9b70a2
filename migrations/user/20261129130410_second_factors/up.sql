-- The second factor of staff.

SET lock_timeout = '3s';

CREATE TABLE second_factors (
    user_id uuid PRIMARY KEY CONSTRAINT second_factors_user_id_fkey REFERENCES users (id) ON DELETE CASCADE,
    sealed_secret bytea,
    pending_secret bytea,
    last_step bigint NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0 CONSTRAINT second_factors_failures_check CHECK (failures >= 0),
    failing_since timestamptz,
    CONSTRAINT second_factors_secret_check CHECK (sealed_secret IS NOT NULL OR pending_secret IS NOT NULL)
);
COMMENT ON TABLE second_factors IS 'The TOTP secrets of staff (RFC 6238).';
COMMENT ON COLUMN second_factors.sealed_secret IS 'The secret in use, sealed with AES-256-GCM under signing_keys.encryption_key: 12 bytes nonce, ciphertext, 16 bytes tag. The user_id is bound to it. Empty before the first confirmation.';
COMMENT ON COLUMN second_factors.pending_secret IS 'Sealed like sealed_secret; it replaces that one once a code of it was confirmed.';
COMMENT ON COLUMN second_factors.last_step IS 'The time step of the last accepted code. A code of this step or an earlier one is refused.';
COMMENT ON COLUMN second_factors.failures IS 'Wrong codes since failing_since.';
COMMENT ON COLUMN second_factors.failing_since IS 'The first of the wrong codes that count against the limit.';

CREATE TABLE recovery_codes (
    user_id uuid NOT NULL CONSTRAINT recovery_codes_user_id_fkey REFERENCES second_factors (user_id) ON DELETE CASCADE,
    code_hash bytea NOT NULL CONSTRAINT recovery_codes_code_hash_check CHECK (octet_length(code_hash) = 32),
    CONSTRAINT recovery_codes_pkey PRIMARY KEY (user_id, code_hash)
);
COMMENT ON TABLE recovery_codes IS 'Unused recovery codes; each replaces a TOTP code once and is deleted then.';
COMMENT ON COLUMN recovery_codes.code_hash IS 'SHA-256 of the 80 random bits; the code itself is stored nowhere.';

ALTER TABLE sessions ADD COLUMN second_factor_at timestamptz;
COMMENT ON COLUMN sessions.second_factor_at IS 'When the second factor was last proved in this session. Staff have no groups before.';

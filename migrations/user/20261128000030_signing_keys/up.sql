-- Keys that sign access tokens.

CREATE TABLE signing_keys (
    kid uuid PRIMARY KEY,
    public_key bytea NOT NULL CONSTRAINT signing_keys_public_key_check CHECK (octet_length(public_key) = 32),
    sealed_private_key bytea NOT NULL,
    created_at timestamptz NOT NULL,
    activates_at timestamptz NOT NULL CONSTRAINT signing_keys_activates_at_key UNIQUE
);
COMMENT ON TABLE signing_keys IS 'Ed25519 keys of the access tokens. The newest active one signs; all of them verify. A job deletes those whose last token has expired.';
COMMENT ON COLUMN signing_keys.kid IS 'UUIDv7; the kid of the tokens and of the JWKS.';
COMMENT ON COLUMN signing_keys.sealed_private_key IS 'PKCS#8, sealed with AES-256-GCM under signing_keys.encryption_key: 12 bytes nonce, ciphertext, 16 bytes tag. The kid is bound to it.';
COMMENT ON COLUMN signing_keys.activates_at IS 'When it starts to sign; it is in the JWKS before that.';

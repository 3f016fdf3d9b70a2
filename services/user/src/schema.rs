// @generated automatically by Diesel CLI.

diesel::table! {
    /// Address books; personal data. At most 20 for each person, kept by the service under a lock on the person's row.
    addresses (id) {
        /// UUIDv7, drawn by the service.
        id -> Uuid,
        user_id -> Uuid,
        label -> Text,
        recipient -> Text,
        line1 -> Text,
        /// Empty when there is none.
        line2 -> Text,
        city -> Text,
        /// Empty where the country uses none.
        region -> Text,
        postal_code -> Text,
        /// ISO 3166-1 alpha-2.
        country -> Text,
    }
}

diesel::table! {
    /// E-mails to customers about their orders, one row each. They go with the account; a job deletes those that ended long ago.
    notifications (id) {
        /// The id of the message that told the news; the Message-ID of the mail is made of it, so a mail that went out twice can be recognized.
        id -> Uuid,
        /// To whom. Address and name are read from users at the moment of sending, and are not here.
        user_id -> Uuid,
        /// About which order of the service order.
        order_id -> Uuid,
        /// What happened: kind, and what the text needs to say. No personal data.
        news -> Jsonb,
        /// When it happened, as the message says; the Date of the mail. What is too old is not sent any more.
        happened_at -> Timestamptz,
        /// W3C trace context of the message's handling.
        traceparent -> Nullable<Text>,
        /// What tracing systems on the way noted for themselves.
        tracestate -> Nullable<Text>,
        /// sent: the mail server has taken it; refused: it never will; failed: it was too late to try again.
        status -> Text,
        /// How often it was leased. Who leased it last may put it off; that it was sent counts whoever says it.
        attempts -> Int4,
        next_attempt_at -> Timestamptz,
        /// Until then one replica is sending it.
        leased_until -> Nullable<Timestamptz>,
        /// What kept it, in words of ours: the server's own could hold the address.
        last_error -> Nullable<Text>,
        created_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Every refresh token of a session, the spent ones too: that is how a stolen one is noticed.
    refresh_tokens (token_hash) {
        /// SHA-256 of the 256 random bits; the token itself is stored nowhere.
        token_hash -> Bytea,
        session_id -> Uuid,
        issued_at -> Timestamptz,
        expires_at -> Timestamptz,
        /// When it was exchanged for the next one.
        spent_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// One sign-in each: the family of the refresh tokens that followed one another.
    sessions (id) {
        /// UUIDv7; the sid of the access tokens.
        id -> Uuid,
        user_id -> Uuid,
        started_at -> Timestamptz,
        /// When its newest refresh token ends. Rows past it are deleted by a job.
        expires_at -> Timestamptz,
        /// Signed out, or a spent token came again.
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// Ed25519 keys of the access tokens. The newest active one signs; all of them verify. A job deletes those whose last token has expired.
    signing_keys (kid) {
        /// UUIDv7; the kid of the tokens and of the JWKS.
        kid -> Uuid,
        public_key -> Bytea,
        /// PKCS#8, sealed with AES-256-GCM under signing_keys.encryption_key: 12 bytes nonce, ciphertext, 16 bytes tag. The kid is bound to it.
        sealed_private_key -> Bytea,
        created_at -> Timestamptz,
        /// When it begins to sign; published in the JWKS before that.
        activates_at -> Timestamptz,
    }
}

diesel::table! {
    /// People who can sign in.
    users (id) {
        /// UUIDv7, drawn by the service.
        id -> Uuid,
        /// Trimmed and lower-cased by the service; personal data.
        email -> Text,
        /// PHC string: argon2id with its parameters and salt.
        password_hash -> Text,
        /// What to greet the person by; personal data.
        display_name -> Text,
        role -> Text,
        created_at -> Timestamptz,
    }
}

diesel::joinable!(addresses -> users (user_id));
diesel::joinable!(notifications -> users (user_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::joinable!(sessions -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(
    addresses,
    notifications,
    refresh_tokens,
    sessions,
    signing_keys,
    users,
);

// @generated automatically by Diesel CLI.

diesel::table! {
    /// Address books; personal data. At most 20 per account; the service enforces it under a lock on the account's row.
    addresses (id) {
        /// UUIDv7, assigned by the service.
        id -> Uuid,
        user_id -> Uuid,
        label -> Text,
        recipient -> Text,
        line1 -> Text,
        /// Empty when there is none.
        line2 -> Text,
        /// Empty only where the country needs none.
        city -> Text,
        /// Empty where the country uses none.
        region -> Text,
        /// Empty where the country has none or does not require it.
        postal_code -> Text,
        /// ISO 3166-1 alpha-2.
        country -> Text,
    }
}

diesel::table! {
    /// E-mails to customers about their orders and their account, one row each. They are deleted with the account; a job deletes old finished ones.
    notifications (id) {
        /// The id of the message or request that caused it; the Message-ID of the mail derives from it, so that a mail sent twice can be recognized.
        id -> Uuid,
        /// The recipient. Address and name are read from users when the mail is sent; only an address of a change is stored here.
        user_id -> Uuid,
        /// The order that it is about, or the account itself.
        order_id -> Uuid,
        /// The event: its kind, and what the template needs. No personal data.
        event -> Jsonb,
        /// When the event happened; the Date of the mail. An event that is too old is not sent.
        happened_at -> Timestamptz,
        /// W3C trace context of the span that handled the message.
        traceparent -> Nullable<Text>,
        /// W3C tracestate of the same span, passed on unchanged.
        tracestate -> Nullable<Text>,
        /// sent: the mail server accepted it; refused: it rejected it for good; failed: no attempt succeeded in time.
        status -> Text,
        /// How often it was leased. Only the latest lease may postpone it; any lease may record that it was sent.
        attempts -> Int4,
        next_attempt_at -> Timestamptz,
        /// Until then one replica sends it.
        leased_until -> Nullable<Timestamptz>,
        /// Why the last attempt failed, in our own text: the server's could contain the address.
        last_error -> Nullable<Text>,
        created_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
        /// The address, if it is another than that of the account; personal data. NULL: that of the account. Removed once the e-mail is finished.
        recipient -> Nullable<Text>,
    }
}

diesel::table! {
    /// Unused recovery codes; each replaces a TOTP code once and is deleted then.
    recovery_codes (user_id, code_hash) {
        user_id -> Uuid,
        /// SHA-256 of the 80 random bits; the code itself is stored nowhere.
        code_hash -> Bytea,
    }
}

diesel::table! {
    /// Every refresh token of a session. Spent ones are kept: the reuse of one reveals a stolen token.
    refresh_tokens (token_hash) {
        /// SHA-256 of the 256 random bits; the token itself is stored nowhere.
        token_hash -> Bytea,
        session_id -> Uuid,
        issued_at -> Timestamptz,
        expires_at -> Timestamptz,
        /// When it was rotated.
        spent_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// The TOTP secrets of staff (RFC 6238).
    second_factors (user_id) {
        user_id -> Uuid,
        /// The secret in use, sealed with AES-256-GCM under signing_keys.encryption_key: 12 bytes nonce, ciphertext, 16 bytes tag. The user_id is bound to it. Empty before the first confirmation.
        sealed_secret -> Nullable<Bytea>,
        /// Sealed like sealed_secret; it replaces that one once a code of it was confirmed.
        pending_secret -> Nullable<Bytea>,
        /// The time step of the last accepted code of sealed_secret. A code of this step or an earlier one is refused.
        last_step -> Int8,
        /// Wrong codes since failing_since.
        failures -> Int4,
        /// The first of the wrong codes that count against the limit.
        failing_since -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// One row per sign-in: the family of refresh tokens that were rotated from it.
    sessions (id) {
        /// UUIDv7; the sid of the access tokens.
        id -> Uuid,
        user_id -> Uuid,
        started_at -> Timestamptz,
        /// When its newest refresh token expires. A job deletes expired rows.
        expires_at -> Timestamptz,
        /// When the user signed out or ended it, a spent token was used again, or the password or the address changed.
        revoked_at -> Nullable<Timestamptz>,
        /// When the second factor was last proved in this session. Staff have no groups before.
        second_factor_at -> Nullable<Timestamptz>,
        /// What the client of the sign-in said it is, printable ASCII; personal data, shown to the owner only. NULL: nothing.
        user_agent -> Nullable<Text>,
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
        /// When it starts to sign; it is in the JWKS before that.
        activates_at -> Timestamptz,
    }
}

diesel::table! {
    /// Invitations that nobody accepted yet, one per account; the next one replaces it.
    staff_invitations (user_id) {
        user_id -> Uuid,
        /// UUIDv7; the token in the mail is the HMAC of it under a server key, so the token is stored nowhere.
        id -> Uuid,
        /// SHA-256 of the token.
        token_hash -> Bytea,
        /// The groups that the account gets.
        staff_groups -> Array<Nullable<Text>>,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    /// Leaky buckets of failed sign-ins and of e-mails that anyone can cause. A job deletes empty ones.
    throttles (key) {
        /// HMAC-SHA-256 of the network, the e-mail address or the device under a key of the service: the table holds no personal data.
        key -> Bytea,
        /// When the bucket has drained. Nothing is let through while this is further ahead than the burst allows.
        empty_at -> Timestamptz,
    }
}

diesel::table! {
    /// Accounts that can sign in.
    users (id) {
        /// UUIDv7, assigned by the service.
        id -> Uuid,
        /// Trimmed and lower-cased by the service; personal data.
        email -> Text,
        /// PHC string: argon2id with its parameters and salt.
        password_hash -> Text,
        /// The name in the user interface and in e-mails; personal data.
        display_name -> Text,
        role -> Text,
        created_at -> Timestamptz,
        /// Device tokens that were issued before are void: set when the password changes. NULL: it never changed.
        devices_known_since -> Nullable<Timestamptz>,
        /// When the owner of the address followed the link in our e-mail. NULL: not yet, so the account gets few e-mails a day.
        email_verified_at -> Nullable<Timestamptz>,
        /// The groups of permissions of a staff member; empty for a customer.
        staff_groups -> Array<Nullable<Text>>,
        /// True while nobody knows the password: an invitation made the account, or its staff member was removed. Only then may an admin hand over the token of an invitation, which sets the password.
        password_unset -> Bool,
        /// How often the password or the e-mail address changed. A token in an e-mail that changes one of them is valid for one value only.
        credentials_version -> Int8,
    }
}

diesel::joinable!(addresses -> users (user_id));
diesel::joinable!(notifications -> users (user_id));
diesel::joinable!(recovery_codes -> second_factors (user_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::joinable!(second_factors -> users (user_id));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(staff_invitations -> users (user_id));

diesel::allow_tables_to_appear_in_same_query!(
    addresses,
    notifications,
    recovery_codes,
    refresh_tokens,
    second_factors,
    sessions,
    signing_keys,
    staff_invitations,
    throttles,
    users,
);

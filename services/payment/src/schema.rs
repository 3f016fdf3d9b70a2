// @generated automatically by Diesel CLI.

diesel::table! {
    /// The chart of accounts; memo accounts stand outside the balance sheet
    accounts (name) {
        name -> Text,
        class -> Text,
        description -> Text,
    }
}

diesel::table! {
    /// Sides of double entries; those of a transaction sum to zero per currency
    ledger_entries (transaction_id, line) {
        transaction_id -> Uuid,
        line -> Int2,
        account -> Text,
        /// Minor units; positive is debit, negative is credit
        amount_minor -> Int8,
        currency -> Text,
    }
}

diesel::table! {
    /// What was booked, once per payment and kind, once per refund
    ledger_transactions (id) {
        id -> Uuid,
        payment_id -> Uuid,
        order_id -> Uuid,
        kind -> Text,
        refund_id -> Nullable<Uuid>,
        booked_at -> Timestamptz,
    }
}

diesel::table! {
    /// Calls to the provider that are owed or were made; workers lease them
    operations (id) {
        /// Also the idempotency key at the provider: every try of an operation is one call in effect
        id -> Uuid,
        payment_id -> Uuid,
        kind -> Text,
        refund_id -> Nullable<Uuid>,
        /// What is to be held, taken, let go or given back, in minor units
        amount_minor -> Int8,
        currency -> Text,
        /// W3C trace context of the command that asked for it
        traceparent -> Nullable<Text>,
        /// How often it was leased; 0 means that the provider was never asked
        attempts -> Int4,
        next_attempt_at -> Timestamptz,
        /// Until then one worker is at it; after a crash another one takes over
        leased_until -> Nullable<Timestamptz>,
        /// Why the last try has no outcome yet
        last_error -> Nullable<Text>,
        /// done, refused by the provider, or not_needed: taken back before the provider was asked
        outcome -> Nullable<Text>,
        created_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    /// What was asked of the provider for an order, and where it stands
    payments (id) {
        /// Drawn by the sender of payment.authorize.v1
        id -> Uuid,
        order_id -> Uuid,
        /// Who pays; null, like all the terms, on the tombstone that a void leaves when it comes before its authorize
        customer_id -> Nullable<Uuid>,
        /// The order's total in minor units
        amount_minor -> Nullable<Int8>,
        currency -> Nullable<Text>,
        /// The provider's name of the payment method; never a card number
        payment_method -> Nullable<Text>,
        status -> Text,
        /// A void waits for the outcome of the authorization, or for the provider
        void_requested -> Bool,
        /// A capture waits for the provider
        capture_requested -> Bool,
        /// Sum of the refunds that succeeded
        refunded_minor -> Int8,
        decline_code -> Nullable<Text>,
        /// Why the last capture failed
        capture_code -> Nullable<Text>,
        /// The provider's own id: pi_..
        provider_reference -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        /// The shipment that the last capture was asked for; 0 when none was
        shipment -> Int4,
    }
}

diesel::table! {
    /// Money that goes back, one row per payment.refund.v1
    refunds (id) {
        /// Drawn by the sender; the same id again is the same refund
        id -> Uuid,
        payment_id -> Uuid,
        amount_minor -> Int8,
        currency -> Text,
        status -> Text,
        /// Why it failed: ours (amount_too_large, not_captured) or the provider's
        failure_code -> Nullable<Text>,
        provider_reference -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::joinable!(ledger_entries -> accounts (account));
diesel::joinable!(ledger_entries -> ledger_transactions (transaction_id));
diesel::joinable!(ledger_transactions -> payments (payment_id));
diesel::joinable!(ledger_transactions -> refunds (refund_id));
diesel::joinable!(operations -> payments (payment_id));
diesel::joinable!(operations -> refunds (refund_id));
diesel::joinable!(refunds -> payments (payment_id));

diesel::allow_tables_to_appear_in_same_query!(
    accounts,
    ledger_entries,
    ledger_transactions,
    operations,
    payments,
    refunds,
);

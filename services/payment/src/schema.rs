// @generated automatically by Diesel CLI.

diesel::table! {
    accounts (name) {
        name -> Text,
        class -> Text,
        description -> Text,
    }
}

diesel::table! {
    ledger_entries (transaction_id, line) {
        transaction_id -> Uuid,
        line -> Int2,
        account -> Text,
        amount_minor -> Int8,
        currency -> Text,
    }
}

diesel::table! {
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
    operations (id) {
        id -> Uuid,
        payment_id -> Uuid,
        kind -> Text,
        refund_id -> Nullable<Uuid>,
        amount_minor -> Int8,
        currency -> Text,
        traceparent -> Nullable<Text>,
        attempts -> Int4,
        next_attempt_at -> Timestamptz,
        leased_until -> Nullable<Timestamptz>,
        last_error -> Nullable<Text>,
        outcome -> Nullable<Text>,
        created_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    payments (id) {
        id -> Uuid,
        order_id -> Uuid,
        customer_id -> Nullable<Uuid>,
        amount_minor -> Nullable<Int8>,
        currency -> Nullable<Text>,
        payment_method -> Nullable<Text>,
        status -> Text,
        void_requested -> Bool,
        capture_requested -> Bool,
        refunded_minor -> Int8,
        decline_code -> Nullable<Text>,
        capture_code -> Nullable<Text>,
        provider_reference -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    refunds (id) {
        id -> Uuid,
        payment_id -> Uuid,
        amount_minor -> Int8,
        currency -> Text,
        status -> Text,
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

//! The two tables of migration `20261128000001_messaging`.

diesel::table! {
    /// Messages to publish.
    outbox (id) {
        id -> Int8,
        message_id -> Uuid,
        exchange -> Text,
        #[sql_name = "type"]
        message_type -> Text,
        source -> Text,
        subject -> Text,
        traceparent -> Nullable<Text>,
        data -> Text,
        created_at -> Timestamptz,
        leased_until -> Nullable<Timestamptz>,
        failures -> Int4,
        last_error -> Nullable<Text>,
        tracestate -> Nullable<Text>,
    }
}

diesel::table! {
    /// Messages already handled.
    inbox (queue, message_id) {
        queue -> Text,
        message_id -> Uuid,
        received_at -> Timestamptz,
    }
}

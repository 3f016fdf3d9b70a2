//! The table that diesel builds statements for; the rest is SQL. Migration `20261128000001_messaging`.

diesel::table! {
    /// Messages to publish.
    outbox (id) {
        id -> Int8,
        leased_until -> Nullable<Timestamptz>,
    }
}

//! The columns of the migration `20261128000001_messaging` that statements built by diesel use.

diesel::table! {
    /// Messages to publish.
    outbox (id) {
        id -> Int8,
        leased_until -> Nullable<Timestamptz>,
    }
}

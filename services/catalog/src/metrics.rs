instruments::labels! {
    /// `products`: in memory; `redis`: shared by the replicas.
    pub(crate) enum Cache as "cache" { Products = "products", Redis = "redis" }
    pub(crate) enum Lookup as "outcome" { Hit = "hit", Miss = "miss" }
    pub(crate) enum Reply as "outcome" {
        Reserved = "reserved",
        Refused = "refused",
        Committed = "committed",
        CommitRefused = "commit_refused",
        Released = "released",
    }
    pub(crate) enum Movement as "movement" {
        Reserved = "reserved",
        Sold = "sold",
        Released = "released",
        Expired = "expired",
    }
}

instruments::metrics! {
    /// All metrics of `catalog`.
    pub static METRICS includes [&service::METRICS, &upstream::METRICS];

    /// Lookups, by cache (`pages` in the gateway; `products` in the catalog's memory, `redis` behind it) and outcome; `stale` is an old page served while the catalog is unavailable
    CACHE_REQUESTS: Counter<(Cache, Lookup)> = "cache_requests_total";
    /// Entries in memory
    CACHE_ENTRIES: Gauge<Cache> = "cache_entries";
    /// Size of the entries in memory in bytes
    CACHE_SIZE: Gauge<Cache> = "cache_size_bytes";
    /// Queries to Redis that failed
    CATALOG_CACHE_FAILURES: Counter = "catalog_cache_failures_total";
    /// Commands of the checkout saga, by their reply
    CATALOG_STOCK_COMMANDS: Counter<Reply> = "catalog_stock_commands_total";
    /// Units that were reserved, sold, released, or became available again because their reservation expired
    CATALOG_STOCK_UNITS: Counter<Movement> = "catalog_stock_units_total";
    /// Reservations that expired
    CATALOG_RESERVATIONS_EXPIRED: Counter = "catalog_reservations_expired_total";
    /// Products read from the database after a miss in the cache
    CATALOG_PRODUCT_READS: Counter = "catalog_product_reads_total";
}

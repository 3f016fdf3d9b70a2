//! Products, stock and the copies of products.

instruments::labels! {
    /// `products`: in the process; `redis`: shared by the replicas.
    pub(crate) enum Cache as "cache" { Products = "products", Redis = "redis" }
    pub(crate) enum Lookup as "outcome" { Hit = "hit", Miss = "miss" }
    pub(crate) enum Answer as "outcome" {
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
    /// What the catalog exports.
    pub static METRICS includes [&service::METRICS, &upstream::METRICS];

    /// Lookups, by cache (`pages` in the gateway; `products` in the catalog's memory, `redis` behind it) and whether it had a copy; `stale` is an old page shown while the catalog is away
    CACHE_REQUESTS: Counter<(Cache, Lookup)> = "cache_requests_total";
    /// Copies in memory
    CACHE_ENTRIES: Gauge<Cache> = "cache_entries";
    /// What the copies in memory weigh
    CACHE_SIZE: Gauge<Cache> = "cache_size_bytes";
    /// Times that Redis did not answer the catalog
    CATALOG_CACHE_FAILURES: Counter = "catalog_cache_failures_total";
    /// Commands of the checkout, by the answer
    CATALOG_STOCK_COMMANDS: Counter<Answer> = "catalog_stock_commands_total";
    /// Units that were held for an order, sold, or given back by a release or because the hold expired
    CATALOG_STOCK_UNITS: Counter<Movement> = "catalog_stock_units_total";
    /// Holds on stock that ended by themselves
    CATALOG_RESERVATIONS_EXPIRED: Counter = "catalog_reservations_expired_total";
    /// Products read from the database because no copy was at hand
    CATALOG_PRODUCT_READS: Counter = "catalog_product_reads_total";
}

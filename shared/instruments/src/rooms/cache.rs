//! Copies in memory and in Redis.

use super::room;
use crate::{Label, Process};

const HOLDERS: &[Process] = &[Process::Gateway, Process::Catalog];
/// `pages`: the gateway's ready-made answers; `products`: the catalog's, in the process; `redis`: the
/// catalog's, shared by its replicas.
const CACHE: Label = Label::one_of("cache", &["pages", "products", "redis"]);
const OUTCOME: Label = Label::one_of("outcome", &["hit", "miss", "stale"]);

room! {
    /// Lookups, by cache (`pages` in the gateway; `products` in the catalog's memory, `redis` behind it) and whether it had a copy; `stale` is an old page shown while the catalog is away
    CACHE_REQUESTS: Counter<2> = new("cache_requests_total", [CACHE, OUTCOME], HOLDERS);
    /// Copies in memory
    CACHE_ENTRIES: Gauge<1> = new("cache_entries", [CACHE], HOLDERS);
    /// What the copies in memory weigh
    CACHE_SIZE: Gauge<1> = new("cache_size_bytes", [CACHE], HOLDERS);
    /// Times that Redis did not answer the catalog
    CATALOG_CACHE_FAILURES: Counter<0> =
        new("catalog_cache_failures_total", [], &[Process::Catalog]);
}

//! REST by row of the URL table, the cache of pages, and the rate limits.

use instruments::buckets;

instruments::labels! {
    pub(crate) enum Cache as "cache" { Pages = "pages" }
    pub(crate) enum Lookup as "outcome" { Hit = "hit", Miss = "miss", Stale = "stale" }
    pub(crate) struct Class as "class" one of ["page", "api", "identity", "webhook"];
    pub(crate) enum Decision as "outcome" { Allowed = "allowed", Limited = "limited" }
    pub(crate) struct Method as "method" up to 12;
    pub(crate) struct Route as "route" up to 150;
    pub(crate) struct Status as "status" up to 60;
}

instruments::metrics! {
    /// What the gateway exports.
    pub static METRICS includes [
        &chassis::metrics::PROCESS,
        &upstream::METRICS,
        &messaging::metrics::CONNECTION,
    ];

    /// Time from a request's head to the head of its answer, by row of the URL table; a URL that is in no row is `none`
    HTTP_SERVER_REQUEST_DURATION: Histogram<(Method, Route, Status)> =
        "http_server_request_duration_seconds", buckets::REQUEST;
    /// Requests whose answers have not begun yet
    HTTP_SERVER_ACTIVE_REQUESTS: Gauge = "http_server_active_requests";
    /// Lookups, by cache (`pages` in the gateway; `products` in the catalog's memory, `redis` behind it) and whether it had a copy; `stale` is an old page shown while the catalog is away
    CACHE_REQUESTS: Counter<(Cache, Lookup)> = "cache_requests_total";
    /// Copies in memory
    CACHE_ENTRIES: Gauge<Cache> = "cache_entries";
    /// What the copies in memory weigh
    CACHE_SIZE: Gauge<Cache> = "cache_size_bytes";
    /// Requests that the rate limit has judged, by class of route
    RATE_LIMIT_DECISIONS: Counter<(Class, Decision)> = "rate_limit_decisions_total";
    /// Requests refused with 429, by class of route
    RATE_LIMITED_REQUESTS: Counter<Class> = "rate_limited_requests_total";
    /// Decisions taken by this process alone because Redis did not answer
    RATE_LIMIT_FALLBACKS: Counter = "rate_limit_fallbacks_total";
}

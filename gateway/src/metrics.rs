//! Metrics of requests per row of the URL table, the product cache and the rate limits.

use instruments::buckets;

instruments::labels! {
    pub(crate) enum Cache as "cache" { Pages = "pages" }
    pub(crate) enum Lookup as "outcome" { Hit = "hit", Miss = "miss", Stale = "stale" }
    pub(crate) enum Class as "class" {
        Page = "page",
        Api = "api",
        Identity = "identity",
        Webhook = "webhook",
        NewCart = "new_cart",
        WrongCode = "wrong_code",
    }
    pub(crate) enum Cause as "cause" {
        Idle = "idle",
        Head = "head_timeout",
        Write = "write_timeout",
        AddressLimit = "address_limit",
    }
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

    /// Time from the head of a request to the head of its response, by row of the URL table; `none` if the URL is in no row
    HTTP_SERVER_REQUEST_DURATION: Histogram<(Method, Route, Status)> =
        "http_server_request_duration_seconds", buckets::REQUEST;
    /// Requests whose response has not started
    HTTP_SERVER_ACTIVE_REQUESTS: Gauge = "http_server_active_requests";
    /// Open connections of clients
    HTTP_SERVER_CONNECTIONS: Gauge = "http_server_connections";
    /// Connections that the gateway closed or refused, by cause; `address_limit`: their network has too many
    HTTP_SERVER_CONNECTIONS_CLOSED: Counter<Cause> = "http_server_connections_closed_total";
    /// Open streams of the progress of orders
    HTTP_SERVER_EVENT_STREAMS: Gauge = "http_server_event_streams";
    /// Lookups, by cache (`pages` in the gateway; `products` in the catalog's memory, `redis` behind it) and outcome; `stale` is an old page served while the catalog is unavailable
    CACHE_REQUESTS: Counter<(Cache, Lookup)> = "cache_requests_total";
    /// Entries in memory
    CACHE_ENTRIES: Gauge<Cache> = "cache_entries";
    /// Size of the entries in memory in bytes
    CACHE_SIZE: Gauge<Cache> = "cache_size_bytes";
    /// Decisions of the rate limit, by class of route
    RATE_LIMIT_DECISIONS: Counter<(Class, Decision)> = "rate_limit_decisions_total";
    /// Requests rejected with 429, by class of route
    RATE_LIMITED_REQUESTS: Counter<Class> = "rate_limited_requests_total";
    /// Decisions with local counters because Redis was unavailable
    RATE_LIMIT_FALLBACKS: Counter = "rate_limit_fallbacks_total";
}

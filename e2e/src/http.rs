use std::time::Duration;

/// Shorter than the gateway's `http.keep_alive_s`. The client closes idle connections first, so it sends no request on
/// one that the gateway is closing.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);

/// Builds an HTTP client for the gateway.
pub fn http_client() -> reqwest::ClientBuilder {
    reqwest::Client::builder().pool_idle_timeout(IDLE_TIMEOUT)
}

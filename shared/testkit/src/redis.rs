use crate::{server, unique};

/// The URL of the test Redis, and a key prefix that no other test uses.
pub fn redis() -> (String, String) {
    (server("MERCANTILE_TEST_REDIS"), unique("test") + ":")
}

/// Like [`redis`], with TLS.
pub fn redis_with_tls() -> (String, String) {
    (server("MERCANTILE_TEST_REDISS"), unique("test") + ":")
}

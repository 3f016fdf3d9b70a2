use crate::{server, unique};

/// The URL of the test Redis, and a key prefix of the test's own.
pub fn redis() -> (String, String) {
    (server("MERCANTILE_TEST_REDIS"), unique("test") + ":")
}

//! What a process must say about its database.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// The `[database]` section of a service's configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// `postgres://user:password@host:port/database`; may lead to PgBouncer in
    /// transaction mode (1.21 or newer, with `max_prepared_statements` above 0).
    pub url: SecretString,
    /// A way around the pooler, for what needs a session of its own (migrations,
    /// advisory locks). Without it `url` is used.
    #[serde(default)]
    pub direct_url: Option<SecretString>,
    /// Connections this process may hold. The sum over all replicas must stay
    /// below PostgreSQL's `max_connections`.
    #[serde(default = "pool_size")]
    pub pool_size: usize,
    /// Milliseconds to wait for a free or a new connection.
    #[serde(default = "acquire_timeout_ms")]
    pub acquire_timeout_ms: u64,
    /// Milliseconds after which PostgreSQL cancels a statement; 0 leaves every
    /// setting of the session as the role has it, which is what a pooler needs.
    #[serde(default = "statement_timeout_ms")]
    pub statement_timeout_ms: u64,
}

impl DatabaseConfig {
    /// The defaults for the database at `url`.
    pub fn at(url: SecretString) -> Self {
        Self {
            url,
            direct_url: None,
            pool_size: pool_size(),
            acquire_timeout_ms: acquire_timeout_ms(),
            statement_timeout_ms: statement_timeout_ms(),
        }
    }

    /// The way past a pooler, if there is one: for migrations, and what else needs a session of its own.
    pub fn session_url(&self) -> &SecretString {
        // A variable that is set to nothing (`${DIRECT_URL:-}`) means: not set.
        let direct = self.direct_url.as_ref();
        let direct = direct.filter(|url| !url.expose_secret().is_empty());
        direct.unwrap_or(&self.url)
    }

    pub(crate) fn acquire_timeout(&self) -> Duration {
        Duration::from_millis(self.acquire_timeout_ms)
    }
}

fn pool_size() -> usize {
    10
}

fn acquire_timeout_ms() -> u64 {
    3_000
}

fn statement_timeout_ms() -> u64 {
    5_000
}

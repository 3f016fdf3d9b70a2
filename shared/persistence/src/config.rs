use std::path::PathBuf;
use std::time::Duration;

use garde::Validate;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::error::Error;
use crate::server::{self, Server};

/// The `[database]` section of a service's configuration.
#[derive(Clone, Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct DatabaseConfig {
    /// `postgres://user:password@host:port/database` of PostgreSQL, or of PgBouncer in transaction mode
    /// (1.21 or newer, with `max_prepared_statements` above 0). With `?sslmode=verify-full`, the connection is encrypted
    /// and the server's certificate is verified; else it is plain text.
    #[garde(custom(postgres_url))]
    pub url: SecretString,
    /// The URL of PostgreSQL itself behind a pooler, for migrations and advisory locks, which need a
    /// session. Without it `url` is used.
    #[garde(custom(optional_postgres_url))]
    pub direct_url: SecretString,
    /// The PEM file of the CA of both servers' certificates. Empty: the CAs that the system trusts.
    pub ca_path: PathBuf,
    /// Most connections of this process. The sum over all replicas must stay below PostgreSQL's
    /// `max_connections`.
    #[garde(range(min = 1, max = 10_000))]
    pub pool_size: usize,
    /// Milliseconds to wait for a free or new connection.
    #[garde(range(min = 1, max = 600_000))]
    pub acquire_timeout_ms: u64,
    /// Milliseconds after which PostgreSQL cancels a statement. 0 makes no session settings at all, which
    /// a pooler requires.
    #[garde(range(min = 0, max = 600_000))]
    pub statement_timeout_ms: u64,
}

impl DatabaseConfig {
    /// The defaults for the database at `url`.
    pub fn at(url: SecretString) -> Self {
        Self {
            url,
            direct_url: SecretString::default(),
            ca_path: PathBuf::new(),
            pool_size: pool_size(),
            acquire_timeout_ms: acquire_timeout_ms(),
            statement_timeout_ms: statement_timeout_ms(),
        }
    }

    /// The server of `url`, for the pool.
    pub(crate) fn server(&self) -> Result<Server, Error> {
        Server::new("database.url", self.url.expose_secret(), &self.ca_path)
    }

    /// The server for work that needs a session: that of `direct_url`, or else of `url`.
    pub(crate) fn session_server(&self) -> Result<Server, Error> {
        match self.direct_url.expose_secret() {
            "" => self.server(),
            url => Server::new("database.direct_url", url, &self.ca_path),
        }
    }

    pub(crate) fn acquire_timeout(&self) -> Duration {
        Duration::from_millis(self.acquire_timeout_ms)
    }
}

/// The message leaves the URL out: it holds a password.
fn postgres_url(url: &SecretString, (): &()) -> garde::Result {
    if url.expose_secret().is_empty() {
        return Err(garde::Error::new("is required and not set"));
    }
    optional_postgres_url(url, &())
}

fn optional_postgres_url(url: &SecretString, (): &()) -> garde::Result {
    match url.expose_secret() {
        "" => Ok(()),
        url => server::parse(url).map(drop).map_err(garde::Error::new),
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

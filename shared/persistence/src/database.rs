//! The handle that services hold.

use std::sync::Arc;
use std::time::Duration;

use deadpool::managed::{TimeoutType, Timeouts};
use diesel_async::pooled_connection::deadpool::{Object, Pool, PoolError};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use secrecy::ExposeSecret;

use crate::config::DatabaseConfig;
use crate::connect::connect_within;
use crate::error::Error;
use crate::pool;

/// A connection on loan from the pool; it goes back when dropped.
pub type Connection = Object<AsyncPgConnection>;

/// One database of one process. Cheap to clone; connects on first use.
#[derive(Clone)]
pub struct Database {
    pool: Pool<AsyncPgConnection>,
    config: Arc<DatabaseConfig>,
}

impl Database {
    /// Prepares the pool without connecting, so a process starts while its database
    /// is away. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// When the pool cannot be built from the configuration.
    pub fn new(config: &DatabaseConfig) -> Result<Self, Error> {
        let pool = pool::build(config)?;
        pool::report(&pool);
        Ok(Self {
            pool,
            config: Arc::new(config.clone()),
        })
    }

    /// A connection for reads that need no transaction.
    ///
    /// # Errors
    /// `Unavailable` when none is free or none can be opened within the time-out.
    pub async fn get(&self) -> Result<Connection, Error> {
        self.pool.get().await.map_err(pool::unavailable)
    }

    /// Whether PostgreSQL answers; for the readiness check. A pool that is merely busy
    /// counts as an answer, and at once: load is no reason to take a replica away.
    pub async fn is_reachable(&self) -> bool {
        let timeouts = Timeouts {
            wait: Some(Duration::ZERO),
            ..self.pool.timeouts()
        };
        let asked = async {
            match self.pool.timeout_get(&timeouts).await {
                Ok(mut conn) => conn.batch_execute("").await.is_ok(),
                Err(PoolError::Timeout(TimeoutType::Wait)) => true,
                Err(_) => false,
            }
        };
        let answer = tokio::time::timeout(self.config.acquire_timeout() * 2, asked).await;
        answer.unwrap_or(false)
    }

    /// A session of its own around any pooler, not taken from the pool.
    pub(crate) async fn session(&self) -> Result<AsyncPgConnection, Error> {
        let url = self.config.session_url();
        connect_within(url.expose_secret(), self.config.acquire_timeout()).await
    }
}

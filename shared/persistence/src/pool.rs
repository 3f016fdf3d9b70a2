//! The pool: cheap checkouts, bounded waits, its state as gauges.

use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::{Pool, PoolError};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use futures_util::FutureExt;

use crate::config::DatabaseConfig;
use crate::connect::connect_pooled;
use crate::error::Error;
use crate::metrics;
use crate::server::Server;

/// Builds the pool. It connects at the first checkout.
///
/// Recycling is `Fast`: a `SELECT 1` at every checkout costs nearly half of the throughput, and broken
/// connections are detected without it.
pub(crate) fn build(
    config: &DatabaseConfig,
    server: Server,
) -> Result<Pool<AsyncPgConnection>, Error> {
    let statement_timeout_ms = config.statement_timeout_ms;
    let mut manager = ManagerConfig::default();
    manager.recycling_method = RecyclingMethod::Fast;
    manager.custom_setup = Box::new(move |_url| {
        let server = server.clone();
        async move { connect_pooled(&server, statement_timeout_ms).await }.boxed()
    });
    // The URL is for diesel's own way to connect, which has no TLS.
    let manager = AsyncDieselConnectionManager::new_with_config("", manager);
    let timeout = Some(config.acquire_timeout());
    Pool::builder(manager)
        .max_size(config.pool_size)
        .runtime(deadpool::Runtime::Tokio1)
        .wait_timeout(timeout)
        .create_timeout(timeout)
        .recycle_timeout(timeout)
        .build()
        .map_err(|error| Error::Unavailable(Box::new(error)))
}

/// Sets the gauges at each scrape, until the pool is dropped.
pub(crate) fn report(pool: &Pool<AsyncPgConnection>) {
    let weak = pool.weak();
    instruments::at_scrape(move || {
        let status = weak.upgrade()?.status();
        let idle = status.available.min(status.size);
        metrics::DATABASE_POOL_CONNECTIONS_MAX.set(status.max_size);
        metrics::DATABASE_POOL_CONNECTIONS_IDLE.set(idle);
        metrics::DATABASE_POOL_CONNECTIONS_IN_USE.set(status.size - idle);
        metrics::DATABASE_POOL_WAITING.set(status.waiting);
        Some(())
    });
}

/// The error of a failed checkout: timeout, refused connection, closed pool.
pub(crate) fn unavailable(error: PoolError) -> Error {
    Error::Unavailable(Box::new(error))
}

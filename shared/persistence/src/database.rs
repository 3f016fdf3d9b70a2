//! The handle of a service's database.

use std::ops::{Deref, DerefMut};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use deadpool::managed::{TimeoutType, Timeouts};
use diesel_async::pooled_connection::deadpool::{Object, Pool, PoolError};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use futures_util::FutureExt;
use secrecy::ExposeSecret;
use tokio::task::JoinHandle;
use tokio_postgres::Client;
use tracing::Instrument;

use crate::config::DatabaseConfig;
use crate::connect::{connect_with_retries, connect_within};
use crate::error::Error;
use crate::metrics::{DATABASE_POOL_ACQUIRE, DATABASE_POOL_ACQUIRE_FAILURES};
use crate::pool;
use crate::server::Server;
use crate::spans::{self, Listener, ObservedErrors, Target};

mod transaction;

pub use transaction::Body;
use transaction::Checkout;

/// A connection of the pool, returned when dropped.
pub struct Connection(Object<AsyncPgConnection>);

impl Deref for Connection {
    type Target = AsyncPgConnection;

    fn deref(&self) -> &AsyncPgConnection {
        &self.0
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut AsyncPgConnection {
        &mut self.0
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        spans::end(&mut self.0);
    }
}

/// The database of a process. Cheap to clone; connects on first use.
#[derive(Clone)]
pub struct Database {
    pool: Pool<AsyncPgConnection>,
    config: Arc<DatabaseConfig>,
    /// Bypasses a pooler.
    session_server: Arc<Server>,
    target: Arc<Target>,
}

impl Database {
    /// Prepares the pool without connecting, so a process can start before its database. Must be called
    /// inside a tokio runtime.
    ///
    /// # Errors
    /// `Configuration`: a URL or the CA's file cannot be used.
    pub fn new(config: &DatabaseConfig) -> Result<Self, Error> {
        let pool = pool::build(config, config.server()?)?;
        pool::report(&pool);
        Ok(Self {
            pool,
            config: Arc::new(config.clone()),
            session_server: Arc::new(config.session_server()?),
            target: Arc::new(Target::of(config.url.expose_secret())),
        })
    }

    /// A connection for reads without a transaction.
    ///
    /// # Errors
    /// `Unavailable` if none is free or can be opened within the timeout.
    pub async fn get(&self) -> Result<Connection, Error> {
        let mut conn = self.check_out().await?;
        conn.set_instrumentation(Listener::new(&self.target, None));
        Ok(Connection(conn))
    }

    /// A connection without instrumentation.
    pub(crate) async fn check_out(&self) -> Result<Object<AsyncPgConnection>, Error> {
        let started = Instant::now();
        let mut checkout = pin!(self.pool.get());
        // Usually one is free; only a wait gets a span.
        let checkout = match checkout.as_mut().now_or_never() {
            Some(checkout) => checkout,
            None => checkout.instrument(spans::wait(&self.target)).await,
        };
        match checkout {
            Ok(conn) => {
                DATABASE_POOL_ACQUIRE.observe(started.elapsed());
                Ok(conn)
            }
            Err(error) => {
                DATABASE_POOL_ACQUIRE_FAILURES.inc();
                Err(pool::unavailable(error))
            }
        }
    }

    /// Runs statements without a transaction, for at most `longest`. A connection without a response by
    /// then is closed, because its next user would wait for the same response. A connection to a server
    /// that rejects writes is closed too.
    ///
    /// # Errors
    /// The error of `body`, or `Unavailable`; then it is unknown whether the statements took effect.
    pub async fn within<T, E, F>(&self, longest: Duration, body: F) -> Result<T, E>
    where
        for<'r> F: AsyncFnOnce(&'r mut AsyncPgConnection) -> Result<T, E> + Body<'r, T, E> + Send,
        T: Send,
        E: std::error::Error + From<Error> + Send + 'static,
    {
        let mut checkout = Checkout::of(self.check_out().await?);
        let conn = checkout.conn()?;
        let observed = self.watch(conn);
        match tokio::time::timeout(longest, body(conn)).await {
            Ok(Err(error)) => {
                observed.record_sources(&error);
                if observed.read_only.load(Ordering::Relaxed) {
                    checkout.close();
                }
                Err(error)
            }
            Ok(done) => done,
            Err(elapsed) => {
                checkout.close();
                Err(Error::Unavailable(Box::new(elapsed)).into())
            }
        }
    }

    /// Whether PostgreSQL responds; for the readiness check. Returns true at once if all connections are
    /// busy: load must not make a replica unready.
    pub async fn is_reachable(&self) -> bool {
        let timeouts = Timeouts {
            wait: Some(Duration::ZERO),
            ..self.pool.timeouts()
        };
        let check = async {
            match self.pool.timeout_get(&timeouts).await {
                Ok(mut conn) => conn.batch_execute("").await.is_ok(),
                Err(PoolError::Timeout(TimeoutType::Wait)) => true,
                Err(_) => false,
            }
        };
        let checked = tokio::time::timeout(self.config.acquire_timeout() * 2, check).await;
        checked.unwrap_or(false)
    }

    /// Traces the statements on `conn` and records their errors.
    pub(crate) fn watch(&self, conn: &mut AsyncPgConnection) -> Arc<ObservedErrors> {
        let observed = Arc::new(ObservedErrors::default());
        conn.set_instrumentation(Listener::new(&self.target, Some(Arc::clone(&observed))));
        observed
    }

    /// Waits until PostgreSQL responds, for a minute at most; for a one-time job that may be started
    /// together with its database. A service does not need to wait.
    ///
    /// # Errors
    /// `Unavailable` if it does not respond or rejects the connection.
    pub async fn wait(&self) -> Result<(), Error> {
        connect_with_retries(&self.session_server).await.map(drop)
    }

    /// A separate session, which bypasses a pooler and the pool.
    pub(crate) async fn session(&self) -> Result<AsyncPgConnection, Error> {
        connect_within(&self.session_server, self.config.acquire_timeout()).await
    }

    /// A separate session of the driver, for what diesel does not have, such as COPY. The task ends when the client is
    /// dropped, and returns why the connection broke.
    ///
    /// # Errors
    /// `Unavailable` if PostgreSQL does not respond or rejects the connection.
    pub async fn driver_session(
        &self,
    ) -> Result<(Client, JoinHandle<Result<(), tokio_postgres::Error>>), Error> {
        let connected = self.session_server.connect().await;
        let (client, connection) = connected.map_err(|why| Error::Unavailable(why.into()))?;
        Ok((client, tokio::spawn(connection)))
    }
}

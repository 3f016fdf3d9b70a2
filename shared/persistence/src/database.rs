//! The handle that services hold.

use std::ops::{Deref, DerefMut};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use deadpool::managed::{TimeoutType, Timeouts};
use diesel_async::pooled_connection::deadpool::{Object, Pool, PoolError};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use futures_util::FutureExt;
use secrecy::ExposeSecret;
use tracing::Instrument;

use crate::config::DatabaseConfig;
use crate::connect::{connect_patiently, connect_within};
use crate::error::Error;
use crate::metrics::{DATABASE_POOL_ACQUIRE, DATABASE_POOL_ACQUIRE_FAILURES};
use crate::pool;
use crate::spans::{self, Listener, Seen, Target};

mod transaction;

pub use transaction::Body;
use transaction::Loan;

/// A connection on loan from the pool; it goes back when dropped.
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

/// One database of one process. Cheap to clone; connects on first use.
#[derive(Clone)]
pub struct Database {
    pool: Pool<AsyncPgConnection>,
    config: Arc<DatabaseConfig>,
    target: Arc<Target>,
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
            target: Arc::new(Target::of(config.url.expose_secret())),
        })
    }

    /// A connection for reads that need no transaction.
    ///
    /// # Errors
    /// `Unavailable` when none is free or none can be opened within the time-out.
    pub async fn get(&self) -> Result<Connection, Error> {
        let mut conn = self.lend().await?;
        conn.set_instrumentation(Listener::new(&self.target, None));
        Ok(Connection(conn))
    }

    /// A connection that nobody listens to yet.
    pub(crate) async fn lend(&self) -> Result<Object<AsyncPgConnection>, Error> {
        let asked = Instant::now();
        let mut lent = pin!(self.pool.get());
        // Mostly one is free; only a wait is worth a span.
        let lent = match lent.as_mut().now_or_never() {
            Some(lent) => lent,
            None => lent.instrument(spans::wait(&self.target)).await,
        };
        match lent {
            Ok(conn) => {
                DATABASE_POOL_ACQUIRE.observe(asked.elapsed());
                Ok(conn)
            }
            Err(error) => {
                DATABASE_POOL_ACQUIRE_FAILURES.inc();
                Err(pool::unavailable(error))
            }
        }
    }

    /// Runs what needs no transaction, for at most `longest`. A connection that has not answered
    /// by then is closed: whoever got it next would wait for the same answer.
    ///
    /// # Errors
    /// What `body` returned, or `Unavailable`; whether what was asked is done is unknown then.
    pub async fn within<T, E, F>(&self, longest: Duration, body: F) -> Result<T, E>
    where
        for<'r> F: AsyncFnOnce(&'r mut AsyncPgConnection) -> Result<T, E> + Body<'r, T, E> + Send,
        T: Send,
        E: From<Error> + Send,
    {
        let mut loan = Loan::of(self.lend().await?);
        let conn = loan.conn()?;
        conn.set_instrumentation(Listener::new(&self.target, None));
        match tokio::time::timeout(longest, body(conn)).await {
            Ok(result) => result,
            Err(elapsed) => {
                loan.close();
                Err(Error::Unavailable(Box::new(elapsed)).into())
            }
        }
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

    /// Notes what the statements on `conn` meet, and traces them.
    pub(crate) fn watch(&self, conn: &mut AsyncPgConnection) -> Arc<Seen> {
        let seen = Arc::new(Seen::default());
        conn.set_instrumentation(Listener::new(&self.target, Some(Arc::clone(&seen))));
        seen
    }

    /// Waits until PostgreSQL answers, for a minute at most: for a job that runs once and may have been
    /// started together with its database. A service need not wait, it goes on when it can.
    ///
    /// # Errors
    /// `Unavailable` when it does not answer, or does not let us in.
    pub async fn wait(&self) -> Result<(), Error> {
        connect_patiently(self.config.session_url().expose_secret())
            .await
            .map(drop)
    }

    /// A session of its own around any pooler, not taken from the pool.
    pub(crate) async fn session(&self) -> Result<AsyncPgConnection, Error> {
        let url = self.config.session_url();
        connect_within(url.expose_secret(), self.config.acquire_timeout()).await
    }
}

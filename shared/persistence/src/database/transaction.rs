//! Transactions with retries after conflicts.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use diesel::connection::TransactionManagerStatus;
use diesel_async::pooled_connection::deadpool::Object;
use diesel_async::{
    AnsiTransactionManager, AsyncPgConnection, SimpleAsyncConnection, TransactionManager,
};

use super::Database;
use crate::error::{Error, is_aborted, is_conflict};
use crate::metrics::{
    DATABASE_TRANSACTION, DATABASE_TRANSACTION_RETRIES, DATABASE_TRANSACTIONS, Outcome,
};
use crate::spans;

const RETRIES: usize = 6;
const FIRST_DELAY: Duration = Duration::from_millis(5);
const MAX_DELAY: Duration = Duration::from_millis(250);

/// PostgreSQL executes the `COMMIT` of a failed transaction as a rollback without an error, so a body
/// that ignored a failed statement would seem to have committed. Any other statement of such a transaction
/// fails, and the rest of its message is then skipped. A body that rolled back to a savepoint can commit.
const COMMIT: &str = "SELECT 1; COMMIT";

/// The body of a transaction: `async |conn| { .. }`.
///
/// Implemented for all such closures. It exists because stable Rust cannot yet require that the future of
/// an `AsyncFnOnce` is `Send`.
pub trait Body<'r, T, E>:
    AsyncFnOnce(&'r mut AsyncPgConnection) -> Result<T, E>
    + FnOnce(&'r mut AsyncPgConnection) -> <Self as Body<'r, T, E>>::Fut
{
    /// The closure's future.
    type Fut: Future<Output = Result<T, E>> + Send;
}

impl<'r, F, Fut, T, E> Body<'r, T, E> for F
where
    F: AsyncFnOnce(&'r mut AsyncPgConnection) -> Result<T, E>
        + FnOnce(&'r mut AsyncPgConnection) -> Fut,
    Fut: Future<Output = Result<T, E>> + Send,
{
    type Fut = Fut;
}

enum Attempt<T, E> {
    Done(Result<T, E>, Outcome),
    Again(E),
}

impl Database {
    /// Runs `body` in a transaction and commits if it returns `Ok`.
    ///
    /// After a serialization failure or a deadlock the body runs again, on a clone of the closure, up to
    /// six times with jittered delays. So it must have no effects that a rollback does not undo, and make
    /// no network calls. It may wrap the error of the database; the `source` of its own error must lead to
    /// it. The isolation level is PostgreSQL's default, read committed; a body that needs another begins
    /// with `SET TRANSACTION ISOLATION LEVEL ..`.
    ///
    /// Dropping the future rolls back at once.
    ///
    /// # Errors
    /// The error of `body` (the transaction is rolled back), or why the transaction did not begin or
    /// commit. If the connection breaks during the commit, the error is `Unavailable` and the outcome is
    /// unknown. A body that returns `Ok` although a statement failed is an error too.
    pub async fn transaction<T, E, F>(&self, body: F) -> Result<T, E>
    where
        for<'r> F:
            AsyncFnOnce(&'r mut AsyncPgConnection) -> Result<T, E> + Body<'r, T, E> + Clone + Send,
        T: Send,
        E: std::error::Error + From<Error> + Send + 'static,
    {
        let mut delays = ExponentialBuilder::default()
            .with_min_delay(FIRST_DELAY)
            .with_max_delay(MAX_DELAY)
            .with_max_times(RETRIES)
            .with_jitter()
            .build();
        let started = Instant::now();
        let (result, outcome) = loop {
            match self.attempt(body.clone()).await {
                Attempt::Done(result, outcome) => break (result, outcome),
                Attempt::Again(error) => {
                    let Some(delay) = delays.next() else {
                        break (Err(error), Outcome::Failed);
                    };
                    DATABASE_TRANSACTION_RETRIES.inc();
                    tokio::time::sleep(delay).await;
                }
            }
        };
        DATABASE_TRANSACTIONS.of(outcome).inc();
        DATABASE_TRANSACTION.observe(started.elapsed());
        result
    }

    async fn attempt<T, E, F>(&self, body: F) -> Attempt<T, E>
    where
        for<'r> F: AsyncFnOnce(&'r mut AsyncPgConnection) -> Result<T, E> + Body<'r, T, E> + Send,
        T: Send,
        E: std::error::Error + From<Error> + Send + 'static,
    {
        let mut checkout = match self.check_out().await {
            Ok(conn) => Checkout::of(conn),
            Err(error) => return Attempt::Done(Err(error.into()), Outcome::Failed),
        };
        let conn = match checkout.conn() {
            Ok(conn) => conn,
            Err(error) => return Attempt::Done(Err(error.into()), Outcome::Failed),
        };
        let observed = self.watch(conn);
        if let Err(error) = AnsiTransactionManager::begin_transaction(conn).await {
            // Nothing was executed yet, so the retry can use another connection.
            return Attempt::Again(Error::from(error).into());
        }
        let (error, again, outcome) = match body(conn).await {
            Ok(value) => match commit(conn).await {
                Ok(()) => return Attempt::Done(Ok(value), Outcome::Committed),
                Err(error) => {
                    // After any other error it may have been committed.
                    let again = is_conflict(&error)
                        || is_aborted(&error) && observed.conflict.load(Ordering::Relaxed);
                    (Error::from(error).into(), again, Outcome::Failed)
                }
            },
            Err(error) => {
                observed.record_sources(&error);
                let again = observed.conflict.load(Ordering::Relaxed);
                (error, again, Outcome::RolledBack)
            }
        };
        // A failed rollback leaves a broken connection, which is closed.
        let rolled_back = AnsiTransactionManager::rollback_transaction(conn).await;
        if observed.read_only.load(Ordering::Relaxed) {
            checkout.close();
        }
        match (again, rolled_back) {
            (true, _) => Attempt::Again(error),
            (false, Ok(())) => Attempt::Done(Err(error), outcome),
            (false, Err(_)) => Attempt::Done(Err(error), Outcome::Failed),
        }
    }
}

async fn commit(conn: &mut AsyncPgConnection) -> diesel::QueryResult<()> {
    conn.batch_execute(COMMIT).await?;
    // Until here Diesel treats the transaction as open, so a connection that is dropped is closed.
    *AnsiTransactionManager::transaction_manager_status_mut(conn) =
        TransactionManagerStatus::default();
    Ok(())
}

/// A connection that is closed instead of returned to the pool if a transaction is still open, because its
/// future was dropped. In the pool it would keep its locks until the next checkout; when it is closed,
/// PostgreSQL rolls back.
pub(crate) struct Checkout(Option<Object<AsyncPgConnection>>);

impl Checkout {
    pub(crate) fn of(conn: Object<AsyncPgConnection>) -> Self {
        Self(Some(conn))
    }

    /// The connection, until it is closed.
    pub(crate) fn conn(&mut self) -> Result<&mut AsyncPgConnection, Error> {
        let conn = self.0.as_deref_mut();
        conn.ok_or_else(|| Error::Unavailable("the connection is closed".into()))
    }

    /// Closes it, because the next connection may reach another server.
    pub(crate) fn close(&mut self) {
        drop(self.0.take().map(Object::take));
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        let Some(mut conn) = self.0.take() else {
            return;
        };
        spans::end(&mut conn);
        if AnsiTransactionManager::is_broken_transaction_manager(&mut *conn) {
            drop(Object::take(conn));
        }
    }
}

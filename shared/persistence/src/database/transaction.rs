//! Transactions, tried again when PostgreSQL asks for it.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use diesel_async::pooled_connection::deadpool::Object;
use diesel_async::{
    AnsiTransactionManager, AsyncPgConnection, SimpleAsyncConnection, TransactionManager,
};

use super::Database;
use crate::error::{Error, is_conflict};
use crate::metrics::{
    DATABASE_TRANSACTION, DATABASE_TRANSACTION_RETRIES, DATABASE_TRANSACTIONS, Outcome,
};
use crate::spans::{self, Seen};

const RETRIES: usize = 6;
const FIRST_DELAY: Duration = Duration::from_millis(5);
const LONGEST_DELAY: Duration = Duration::from_millis(250);

/// What runs inside a transaction: `async |conn| { .. }`.
///
/// Implemented for every such closure; it exists because stable Rust cannot yet
/// say that the future of an `AsyncFnOnce` is `Send`.
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
    /// Runs `body` in a transaction and commits when it returns `Ok`.
    ///
    /// After a serialization failure or a deadlock the whole body runs again, on a
    /// clone of the closure, up to six times with jittered delays: so it must not do
    /// anything that a rollback does not undo, and no network call.
    /// The isolation level is PostgreSQL's default, read committed; a body that needs
    /// more starts with `SET TRANSACTION ISOLATION LEVEL ..`.
    ///
    /// Dropping the future rolls back at once.
    ///
    /// # Errors
    /// What `body` returned (then everything is rolled back), or why no transaction
    /// could be begun or committed. When the connection breaks during the commit, the
    /// error is `Unavailable` and the outcome unknown. A body that returns `Ok` although
    /// a statement of it failed has nothing to commit: that is an error, too.
    pub async fn transaction<T, E, F>(&self, body: F) -> Result<T, E>
    where
        for<'r> F:
            AsyncFnOnce(&'r mut AsyncPgConnection) -> Result<T, E> + Body<'r, T, E> + Clone + Send,
        T: Send,
        E: From<Error> + Send,
    {
        let mut delays = ExponentialBuilder::default()
            .with_min_delay(FIRST_DELAY)
            .with_max_delay(LONGEST_DELAY)
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
        E: From<Error> + Send,
    {
        let mut loan = match self.lend().await {
            Ok(conn) => Loan::of(conn),
            Err(error) => return Attempt::Done(Err(error.into()), Outcome::Failed),
        };
        let conn = match loan.conn() {
            Ok(conn) => conn,
            Err(error) => return Attempt::Done(Err(error.into()), Outcome::Failed),
        };
        let seen = self.watch(conn);
        if let Err(error) = AnsiTransactionManager::begin_transaction(conn).await {
            // Nothing has happened yet, so any other connection will do.
            return Attempt::Again(Error::from(error).into());
        }
        let outcome = match body(conn).await {
            Ok(value) => match still_open(conn, &seen).await {
                Ok(()) => Ok(value),
                Err(error) => Err(Error::from(error).into()),
            },
            Err(error) => Err(error),
        };
        match outcome {
            Ok(value) => match AnsiTransactionManager::commit_transaction(conn).await {
                Ok(()) => Attempt::Done(Ok(value), Outcome::Committed),
                Err(error) if is_conflict(&error) => Attempt::Again(Error::from(error).into()),
                Err(error) => Attempt::Done(Err(Error::from(error).into()), Outcome::Failed),
            },
            Err(error) => {
                // A failed rollback leaves a broken connection, which is closed.
                let rolled_back = AnsiTransactionManager::rollback_transaction(conn).await;
                if seen.read_only.load(Ordering::Relaxed) {
                    loan.close();
                }
                if seen.conflict.load(Ordering::Relaxed) {
                    Attempt::Again(error)
                } else {
                    let outcome = if rolled_back.is_ok() {
                        Outcome::RolledBack
                    } else {
                        Outcome::Failed
                    };
                    Attempt::Done(Err(error), outcome)
                }
            }
        }
    }
}

/// A connection that does not go back to the pool with a transaction still open, as it
/// is when a caller gives up half-way. In the pool it would keep its locks until
/// somebody takes it out again; closed, PostgreSQL rolls it back.
pub(crate) struct Loan(Option<Object<AsyncPgConnection>>);

impl Loan {
    pub(crate) fn of(conn: Object<AsyncPgConnection>) -> Self {
        Self(Some(conn))
    }

    /// The connection, until it is closed.
    pub(crate) fn conn(&mut self) -> Result<&mut AsyncPgConnection, Error> {
        let conn = self.0.as_deref_mut();
        conn.ok_or_else(|| Error::Unavailable("the connection is closed".into()))
    }

    /// Ends it: behind the same address there may be a better server by now.
    pub(crate) fn close(&mut self) {
        drop(self.0.take().map(Object::take));
    }
}

impl Drop for Loan {
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

/// PostgreSQL answers the `COMMIT` of a failed transaction with a rollback and without
/// an error, so a body that took a failed statement lightly would seem to have
/// committed. A body that rolled back to a savepoint may go on.
async fn still_open(conn: &mut AsyncPgConnection, seen: &Seen) -> diesel::QueryResult<()> {
    if seen.failure.load(Ordering::Relaxed) {
        conn.batch_execute("SELECT 1").await?;
    }
    Ok(())
}

//! Transactions, tried again when PostgreSQL asks for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use diesel::connection::InstrumentationEvent;
use diesel_async::{
    AnsiTransactionManager, AsyncConnection, AsyncPgConnection, TransactionManager,
};

use crate::database::Database;
use crate::error::{Error, is_conflict};

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
    Done(Result<T, E>),
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
    /// # Errors
    /// What `body` returned (then everything is rolled back), or why no transaction
    /// could be begun or committed. When the connection breaks during the commit, the
    /// error is `Unavailable` and the outcome unknown.
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
        loop {
            match self.attempt(body.clone()).await {
                Attempt::Done(result) => return result,
                Attempt::Again(error) => {
                    let Some(delay) = delays.next() else {
                        return Err(error);
                    };
                    metrics::counter!("database_transaction_retries_total").increment(1);
                    tokio::time::sleep(delay).await;
                }
            }
        }
    }

    async fn attempt<T, E, F>(&self, body: F) -> Attempt<T, E>
    where
        for<'r> F: AsyncFnOnce(&'r mut AsyncPgConnection) -> Result<T, E> + Body<'r, T, E> + Send,
        T: Send,
        E: From<Error> + Send,
    {
        let mut conn = match self.get().await {
            Ok(conn) => conn,
            Err(error) => return Attempt::Done(Err(error.into())),
        };
        let conflicted = watch_for_conflicts(&mut conn);
        if let Err(error) = AnsiTransactionManager::begin_transaction(&mut *conn).await {
            // Nothing has happened yet, so any other connection will do.
            return Attempt::Again(Error::from(error).into());
        }
        match body(&mut conn).await {
            Ok(value) => match AnsiTransactionManager::commit_transaction(&mut *conn).await {
                Ok(()) => Attempt::Done(Ok(value)),
                Err(error) if is_conflict(&error) => Attempt::Again(Error::from(error).into()),
                Err(error) => Attempt::Done(Err(Error::from(error).into())),
            },
            Err(error) => {
                // A failed rollback leaves a broken connection, which the pool drops.
                let _ = AnsiTransactionManager::rollback_transaction(&mut *conn).await;
                if conflicted.load(Ordering::Relaxed) {
                    Attempt::Again(error)
                } else {
                    Attempt::Done(Err(error))
                }
            }
        }
    }
}

/// Notes on the connection itself that a statement met a conflict, so that callers
/// may wrap errors as they like and are retried all the same.
fn watch_for_conflicts(conn: &mut AsyncPgConnection) -> Arc<AtomicBool> {
    let conflicted = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&conflicted);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::FinishQuery {
            error: Some(error), ..
        } = event
            && is_conflict(error)
        {
            seen.store(true, Ordering::Relaxed);
        }
    });
    conflicted
}

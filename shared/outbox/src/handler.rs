use diesel_async::AsyncPgConnection;

use crate::error::BatchError;
use crate::incoming::Incoming;

/// Handles batches of messages inside the consumer's transaction.
///
/// A handler accesses only the database, through `conn`, and may enqueue replies. It makes no network
/// calls and does not commit. A single message is a batch of one. Implementations write
/// `async fn handle(..)`:
///
/// ```
/// # use contracts::messages::{ReleaseStock, StockReleased};
/// # use diesel_async::AsyncPgConnection;
/// # use kernel::ReservationId;
/// # use std::collections::HashMap;
/// use outbox::{BatchError, Handler, HandlerError, Incoming, Messages};
///
/// # struct Commands;
/// # struct Reservation;
/// # impl Reservation { fn release(&mut self) -> u64 { 1 } }
/// # type Held = HashMap<ReservationId, Reservation>;
/// # async fn lock(_: &AsyncPgConnection, _: &[ReleaseStock]) -> Result<Held, persistence::Error> { Ok(Held::new()) }
/// # async fn save(_: &AsyncPgConnection, _: Held) -> Result<(), persistence::Error> { Ok(()) }
/// # fn count(_: u64) {}
/// impl Handler for Commands {
///     type Effects = u64;
///
///     async fn handle(
///         &self,
///         conn: &mut AsyncPgConnection,
///         messages: &[Incoming],
///     ) -> Result<u64, BatchError> {
///         let commands = outbox::per_message(messages, |_, message| Ok(message.decode::<ReleaseStock>()?))?;
///         // Load: one statement per table, with locks in the same order in every replica.
///         let mut held = lock(conn, &commands).await?;
///         // Decide: pure code, each message in its span, on the state in memory.
///         let mut replies = Messages::new();
///         let released = outbox::per_message(messages, |position, _| {
///             let ReleaseStock { order_id, reservation_id } = commands[position];
///             let reservation = held.get_mut(&reservation_id);
///             let reservation = reservation.ok_or_else(|| HandlerError::poison("no such reservation"))?;
///             replies.add(&StockReleased { order_id, reservation_id })?;
///             Ok(reservation.release())
///         })?;
///         // Save: one statement per table.
///         save(conn, held).await?;
///         replies.enqueue(conn).await?;
///         Ok(released.iter().sum())
///     }
///
///     fn committed(&self, released: u64) {
///         count(released);
///     }
/// }
/// ```
pub trait Handler: Send + Sync + 'static {
    /// The effects of the commit, for metrics and wake-ups after it.
    type Effects: Send + 'static;

    /// Handles new messages, without duplicates: loads all rows with one statement per table, decides
    /// each message in order in pure code, and saves all with one statement per table. It may run again
    /// after a rollback, also with fewer messages.
    fn handle(
        &self,
        conn: &mut AsyncPgConnection,
        messages: &[Incoming],
    ) -> impl Future<Output = Result<Self::Effects, BatchError>> + Send;

    /// Called after the commit with the result of `handle`. It must not block. It is not called if the
    /// process crashes first, so a worker that it wakes must also poll.
    fn committed(&self, effects: Self::Effects);
}

//! What a service gives to `consume`.

use diesel_async::AsyncPgConnection;

use crate::error::BatchError;
use crate::incoming::Incoming;

/// Handles messages as a set, inside the consumer's transaction.
///
/// A handler only touches the database, through `conn`, and may enqueue replies; it makes no network
/// call and commits nothing itself. A batch of one runs the same code. Implementations write
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
///         let commands = outbox::each(messages, |_, message| Ok(message.decode::<ReleaseStock>()?))?;
///         // Load: one statement per table, locked in one order for every replica.
///         let mut held = lock(conn, &commands).await?;
///         // Decide: pure code, each message in its span, on the state in memory.
///         let mut replies = Messages::new();
///         let released = outbox::each(messages, |position, _| {
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
    /// What the commit changed: counted and acted on only after it.
    type Effects: Send + 'static;

    /// Handles messages that were not handled before, none twice: loads all rows they need with one
    /// statement per table, decides each in order in pure code, and saves all with one statement per
    /// table. It may run again after a rollback, also with fewer of the messages.
    fn handle(
        &self,
        conn: &mut AsyncPgConnection,
        messages: &[Incoming],
    ) -> impl Future<Output = Result<Self::Effects, BatchError>> + Send;

    /// Called after the commit with what `handle` returned. It must not block, and a crash may come
    /// first: a worker that it wakes also polls.
    fn committed(&self, effects: Self::Effects);
}

//! Messages in: the commands of the checkout.

use contracts::messages::{CommitReservation, ReleaseStock, ReserveStock};
use diesel_async::AsyncPgConnection;
use messaging::{Envelope, Queue};
use outbox::{Handler, HandlerError};

use crate::domain::ReserveAnswer;
use crate::store::Store;

/// A reservation has at most so many lines: as many as an order can have, and some room.
const LINES_MAX: usize = 500;

/// The queue `catalog.commands`. Replicas compete for its messages.
pub(crate) fn queue() -> Queue {
    Queue::new("catalog.commands")
        .bind::<ReserveStock>()
        .bind::<ReleaseStock>()
        .bind::<CommitReservation>()
}

/// Does what `order` asks for.
pub(crate) struct Commands {
    pub(crate) store: Store,
}

/// A command that no retry can help.
#[derive(Debug, thiserror::Error)]
enum Malformed {
    #[error("a reservation of {0} lines: it must have 1 to {LINES_MAX}")]
    Lines(usize),
    #[error("{0} is not a command of the catalog")]
    Type(String),
}

impl Handler for Commands {
    async fn handle(
        &self,
        conn: &mut AsyncPgConnection,
        envelope: &Envelope,
    ) -> Result<(), HandlerError> {
        let outcome = if envelope.is::<ReserveStock>() {
            let command: ReserveStock = envelope.decode()?;
            let lines = command.lines.len();
            if !(1..=LINES_MAX).contains(&lines) {
                return Err(HandlerError::poison(Malformed::Lines(lines)));
            }
            match self.store.reserve(conn, &command).await? {
                ReserveAnswer::Reserved { .. } => "reserved",
                ReserveAnswer::Refused(..) => "refused",
            }
        } else if envelope.is::<CommitReservation>() {
            match self.store.commit(conn, &envelope.decode()?).await? {
                Ok(()) => "committed",
                Err(_) => "commit_refused",
            }
        } else if envelope.is::<ReleaseStock>() {
            self.store.release(conn, &envelope.decode()?).await?;
            "released"
        } else {
            let unknown = Malformed::Type(envelope.message_type.clone());
            return Err(HandlerError::poison(unknown));
        };
        metrics::counter!("catalog_stock_commands_total", "outcome" => outcome).increment(1);
        Ok(())
    }
}

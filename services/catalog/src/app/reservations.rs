use contracts::messages::{
    CommitRefused, CommitReservation, ReleaseStock, ReservationCommitted, ReserveStock,
    StockRefused, StockReleased, StockReserved,
};
use diesel_async::AsyncPgConnection;
use kernel::{ReservationId, Sku};
use outbox::Messages;
use tracing::Span;

use super::App;
use crate::domain::{Inventory, ReserveReply};
use crate::failure::Failure;
use crate::metrics::{CATALOG_RESERVATIONS_EXPIRED, CATALOG_STOCK_UNITS, Movement, Reply};
use crate::store::Store;

/// A command of the checkout saga.
#[derive(Debug)]
pub(crate) enum Command {
    /// Reserve all lines or none.
    Reserve(ReserveStock),
    /// Sell the reserved units.
    Commit(CommitReservation),
    /// Release the reserved units, or return the sold ones.
    Release(ReleaseStock),
}

/// The outcome of a command.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) reply: Reply,
    pub(crate) movement: Movement,
    /// The units that moved; 0 for a repeated command.
    pub(crate) units: u64,
}

impl App {
    /// Decides commands in order, each in the span of its message, and writes the replies to the outbox.
    ///
    /// # Errors
    /// The database; the caller must then roll the transaction back.
    pub(crate) async fn handle_commands(
        &self,
        conn: &mut AsyncPgConnection,
        commands: &[(Command, Span)],
    ) -> Result<Vec<Outcome>, persistence::Error> {
        let ids: Vec<ReservationId> = commands.iter().map(|(c, _)| c.reservation_id()).collect();
        let skus: Vec<&Sku> = commands.iter().flat_map(|(c, _)| c.skus()).collect();
        let mut inventory = Store::lock_inventory(conn, &ids, &skus, self.clock.now()).await?;
        let mut replies = Messages::new();
        let outcomes = commands
            .iter()
            .map(|(command, span)| span.in_scope(|| command.decide(&mut inventory, &mut replies)))
            .collect::<Result<_, _>>()?;
        Store::save(conn, inventory.into_changes(), replies).await?;
        Ok(outcomes)
    }

    /// Expires at most `batch` reservations that are due. Returns whether there may be more. Replicas may call
    /// this concurrently.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn expire_reservations(&self, batch: u32) -> Result<bool, Failure> {
        let now = self.clock.now();
        let (expired, units) = self
            .store
            .database()
            .transaction(async move |conn| {
                let mut inventory = Store::lock_due(conn, batch, now).await?;
                let expired = inventory.expire();
                Store::save(conn, inventory.into_changes(), Messages::new()).await?;
                Ok::<_, Failure>(expired)
            })
            .await?;
        if expired > 0 {
            tracing::info!(expired, "reservations expired");
            CATALOG_RESERVATIONS_EXPIRED.add(expired);
            CATALOG_STOCK_UNITS.of(Movement::Expired).add(units);
            self.outbox.wake();
        }
        Ok(expired >= u64::from(batch))
    }
}

impl Command {
    const fn reservation_id(&self) -> ReservationId {
        match self {
            Self::Reserve(command) => command.reservation_id,
            Self::Commit(command) => command.reservation_id,
            Self::Release(command) => command.reservation_id,
        }
    }

    fn skus(&self) -> impl Iterator<Item = &Sku> {
        let lines = match self {
            Self::Reserve(command) => command.lines.as_slice(),
            Self::Commit(_) | Self::Release(_) => &[],
        };
        lines.iter().map(|line| &line.sku)
    }

    fn decide(
        &self,
        inventory: &mut Inventory,
        replies: &mut Messages,
    ) -> Result<Outcome, persistence::Error> {
        let (reply, movement, units) = match self {
            Self::Reserve(command) => {
                let (order_id, reservation_id) = (command.order_id, command.reservation_id);
                let (reply, reserved) = inventory.reserve(command);
                let reply = match reply {
                    ReserveReply::Reserved { expires_at } => {
                        replies.add(&StockReserved {
                            order_id,
                            reservation_id,
                            expires_at,
                        })?;
                        Reply::Reserved
                    }
                    ReserveReply::Refused(refusal, shortages) => {
                        replies.add(&StockRefused {
                            order_id,
                            reservation_id,
                            refusal,
                            shortages,
                        })?;
                        Reply::Refused
                    }
                };
                (reply, Movement::Reserved, reserved)
            }
            Self::Commit(command) => {
                let (order_id, reservation_id) = (command.order_id, command.reservation_id);
                let (result, sold) = inventory.commit(command);
                let reply = match result {
                    Ok(()) => {
                        replies.add(&ReservationCommitted {
                            order_id,
                            reservation_id,
                        })?;
                        Reply::Committed
                    }
                    Err(refusal) => {
                        replies.add(&CommitRefused {
                            order_id,
                            reservation_id,
                            refusal,
                        })?;
                        Reply::CommitRefused
                    }
                };
                (reply, Movement::Sold, sold)
            }
            Self::Release(command) => {
                let released = inventory.release(command);
                replies.add(&StockReleased {
                    order_id: command.order_id,
                    reservation_id: command.reservation_id,
                })?;
                (Reply::Released, Movement::Released, released)
            }
        };
        Ok(Outcome {
            reply,
            movement,
            units,
        })
    }
}

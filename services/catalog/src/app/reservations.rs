use contracts::messages::{
    CommitRefused, CommitReservation, ReleaseStock, ReservationCommitted, ReserveStock,
    StockRefused, StockReleased, StockReserved,
};
use diesel_async::AsyncPgConnection;
use kernel::{ReservationId, Sku};
use outbox::Messages;
use tracing::Span;

use super::App;
use crate::domain::{Inventory, ReserveAnswer};
use crate::failure::Failure;
use crate::metrics::{Answer, CATALOG_RESERVATIONS_EXPIRED, CATALOG_STOCK_UNITS, Movement};
use crate::store::Store;

/// A command of the checkout.
#[derive(Debug)]
pub(crate) enum Command {
    /// Hold all lines or none.
    Reserve(ReserveStock),
    /// Sell what is held.
    Commit(CommitReservation),
    /// Give back what is held or sold.
    Release(ReleaseStock),
}

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) answer: Answer,
    /// How units moved.
    pub(crate) movement: Movement,
    /// How many; none when the command came again.
    pub(crate) units: u64,
}

impl App {
    /// Decides commands in order, each in the span of its message, and answers each in the outbox.
    ///
    /// # Errors
    /// The database; the transaction must be rolled back then.
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

    /// Ends at most `batch` holds whose time is over. Returns whether there may be more. Any number of
    /// replicas may call this at once.
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
            tracing::info!(expired, "holds on stock expired");
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
        let (answer, movement, units) = match self {
            Self::Reserve(command) => {
                let (order_id, reservation_id) = (command.order_id, command.reservation_id);
                let (answer, held) = inventory.reserve(command);
                let answer = match answer {
                    ReserveAnswer::Reserved { expires_at } => {
                        replies.add(&StockReserved {
                            order_id,
                            reservation_id,
                            expires_at,
                        })?;
                        Answer::Reserved
                    }
                    ReserveAnswer::Refused(refusal, shortages) => {
                        replies.add(&StockRefused {
                            order_id,
                            reservation_id,
                            refusal,
                            shortages,
                        })?;
                        Answer::Refused
                    }
                };
                (answer, Movement::Reserved, held)
            }
            Self::Commit(command) => {
                let (order_id, reservation_id) = (command.order_id, command.reservation_id);
                let (answer, sold) = inventory.commit(command);
                let answer = match answer {
                    Ok(()) => {
                        replies.add(&ReservationCommitted {
                            order_id,
                            reservation_id,
                        })?;
                        Answer::Committed
                    }
                    Err(refusal) => {
                        replies.add(&CommitRefused {
                            order_id,
                            reservation_id,
                            refusal,
                        })?;
                        Answer::CommitRefused
                    }
                };
                (answer, Movement::Sold, sold)
            }
            Self::Release(command) => {
                let released = inventory.release(command);
                replies.add(&StockReleased {
                    order_id: command.order_id,
                    reservation_id: command.reservation_id,
                })?;
                (Answer::Released, Movement::Released, released)
            }
        };
        Ok(Outcome {
            answer,
            movement,
            units,
        })
    }
}

//! Messages in: the commands of the checkout, and product events that evict copies.

use contracts::messages::{CommitReservation, ProductChanged, ReleaseStock, ReserveStock};
use diesel_async::AsyncPgConnection;
use messaging::{Binding, Broker, Envelope, FanOut, Notice, Queue};
use outbox::{BatchError, Handler, HandlerError, Incoming};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::app::App;
use crate::domain::ReserveAnswer;
use crate::metrics::{CATALOG_STOCK_COMMANDS, CATALOG_STOCK_UNITS};
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
    store: Store,
}

impl Commands {
    pub(crate) fn new(store: Store) -> Self {
        Self { store }
    }

    async fn lock(
        &self,
        conn: &mut AsyncPgConnection,
        messages: &[Incoming],
    ) -> Result<(), persistence::Error> {
        let (mut reservations, mut skus) = (Vec::new(), Vec::new());
        // What cannot be decoded fails when its turn comes.
        for message in messages {
            if let Ok(command) = message.decode::<ReserveStock>() {
                reservations.push(command.reservation_id);
                skus.extend(command.lines.into_iter().map(|line| line.sku));
            } else if let Ok(command) = message.decode::<CommitReservation>() {
                reservations.push(command.reservation_id);
            } else if let Ok(command) = message.decode::<ReleaseStock>() {
                reservations.push(command.reservation_id);
            }
        }
        self.store.lock(conn, &reservations, &skus).await
    }

    async fn apply(
        &self,
        conn: &mut AsyncPgConnection,
        envelope: &Envelope,
    ) -> Result<Outcome, HandlerError> {
        let (answer, movement, units) = if envelope.is::<ReserveStock>() {
            let command: ReserveStock = envelope.decode()?;
            let lines = command.lines.len();
            if !(1..=LINES_MAX).contains(&lines) {
                return Err(HandlerError::poison(Malformed::Lines(lines)));
            }
            match self.store.reserve(conn, &command).await? {
                (ReserveAnswer::Reserved { .. }, units) => ("reserved", "reserved", units),
                (ReserveAnswer::Refused(..), _) => ("refused", "reserved", 0),
            }
        } else if envelope.is::<CommitReservation>() {
            match self.store.commit(conn, &envelope.decode()?).await? {
                (Ok(()), units) => ("committed", "sold", units),
                (Err(_), _) => ("commit_refused", "sold", 0),
            }
        } else if envelope.is::<ReleaseStock>() {
            let units = self.store.release(conn, &envelope.decode()?).await?;
            ("released", "released", units)
        } else {
            let unknown = Malformed::Type(envelope.message_type.clone());
            return Err(HandlerError::poison(unknown));
        };
        Ok(Outcome {
            answer,
            movement,
            units,
        })
    }
}

/// The answer, and how many units moved how.
pub(crate) struct Outcome {
    answer: &'static str,
    movement: &'static str,
    units: u64,
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
    type Effects = Vec<Outcome>;

    async fn handle(
        &self,
        conn: &mut AsyncPgConnection,
        messages: &[Incoming],
    ) -> Result<Vec<Outcome>, BatchError> {
        if messages.len() > 1 {
            self.lock(conn, messages).await?;
        }
        let mut outcomes = Vec::with_capacity(messages.len());
        for message in messages {
            let applied = self.apply(conn, message);
            outcomes.push(applied.instrument(message.span().clone()).await?);
        }
        Ok(outcomes)
    }

    fn committed(&self, outcomes: Vec<Outcome>) {
        for outcome in outcomes {
            CATALOG_STOCK_COMMANDS.of(outcome.answer).inc();
            CATALOG_STOCK_UNITS.of(outcome.movement).add(outcome.units);
        }
    }
}

/// Every change of a product, for this process alone.
pub(crate) fn product_events(broker: &Broker) -> FanOut {
    broker.fan_out("catalog.copies", vec![Binding::to::<ProductChanged>()])
}

/// Evicts copies of products that any replica has changed. It only shortens the delay: the bound on the
/// age of copies holds without it.
pub(crate) async fn evict_changed(mut events: FanOut, app: App, stop: CancellationToken) {
    while let Some(notice) = stop.run_until_cancelled(events.next()).await {
        let Notice::Event(envelope) = notice else {
            continue;
        };
        match envelope.decode::<ProductChanged>() {
            Ok(changed) => {
                app.product_cache.evict(&changed.slug).await;
                if let Some(slug) = changed.previous_slug {
                    app.product_cache.evict(&slug).await;
                }
            }
            Err(error) => tracing::warn!(%error, "not an event of a product"),
        }
    }
}

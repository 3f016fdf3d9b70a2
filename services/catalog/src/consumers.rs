//! The commands of the checkout saga, and the product events that evict cached products.

use contracts::messages::{CommitReservation, Message, ProductChanged, ReleaseStock, ReserveStock};
use diesel_async::AsyncPgConnection;
use messaging::{Binding, Broker, Envelope, FanOut, Notice, Queue};
use outbox::{BatchError, Handler, HandlerError, Incoming};
use tokio_util::sync::CancellationToken;

use crate::app::{App, Command, Outcome};
use crate::metrics::{CATALOG_STOCK_COMMANDS, CATALOG_STOCK_UNITS};

/// Most lines of a reservation, which is more than an order can have.
const LINES_MAX: usize = 500;

/// The queue `catalog.commands`. Replicas compete for its messages.
pub(crate) fn queue() -> Queue {
    Queue::new("catalog.commands")
        .bind::<ReserveStock>()
        .bind::<ReleaseStock>()
        .bind::<CommitReservation>()
}

/// The handler of the queue.
pub(crate) struct Commands {
    app: App,
}

impl Commands {
    pub(crate) const fn new(app: App) -> Self {
        Self { app }
    }
}

/// Why a command is a poison message.
#[derive(Debug, thiserror::Error)]
enum Malformed {
    #[error("a reservation of {0} lines: it must have 1 to {LINES_MAX}")]
    Lines(usize),
    #[error("{0} is not a command of the catalog")]
    Type(String),
}

fn command(envelope: &Envelope) -> Result<Command, HandlerError> {
    Ok(match envelope.message_type.as_str() {
        ReserveStock::TYPE => {
            let command: ReserveStock = envelope.decode()?;
            let lines = command.lines.len();
            if !(1..=LINES_MAX).contains(&lines) {
                return Err(HandlerError::poison(Malformed::Lines(lines)));
            }
            Command::Reserve(command)
        }
        CommitReservation::TYPE => Command::Commit(envelope.decode()?),
        ReleaseStock::TYPE => Command::Release(envelope.decode()?),
        other => return Err(HandlerError::poison(Malformed::Type(other.to_owned()))),
    })
}

impl Handler for Commands {
    type Effects = Vec<Outcome>;

    async fn handle(
        &self,
        conn: &mut AsyncPgConnection,
        messages: &[Incoming],
    ) -> Result<Vec<Outcome>, BatchError> {
        let commands = outbox::per_message(messages, |_, message| {
            Ok((command(message)?, message.span().clone()))
        })?;
        Ok(self.app.handle_commands(conn, &commands).await?)
    }

    fn committed(&self, outcomes: Vec<Outcome>) {
        for outcome in outcomes {
            CATALOG_STOCK_COMMANDS.of(outcome.reply).inc();
            CATALOG_STOCK_UNITS.of(outcome.movement).add(outcome.units);
        }
    }
}

/// Every change of a product, in a queue that only this process consumes.
pub(crate) fn product_events(broker: &Broker) -> FanOut {
    broker.fan_out("catalog.products", vec![Binding::to::<ProductChanged>()])
}

/// Evicts products that any replica has changed. This only shortens the delay: `cache.max_age_ms` bounds the age
/// of entries without it.
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
            Err(error) => tracing::warn!(%error, "cannot decode a product event"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use contracts::messages::sent_to;

    use super::*;

    #[test]
    fn the_queue_is_bound_to_all_that_the_contracts_send_to_it() {
        let queue = queue();
        let bound = queue.bindings.iter().map(|binding| binding.routing_key);
        assert_eq!(sent_to(&queue.name), bound.collect::<BTreeSet<_>>());
    }
}

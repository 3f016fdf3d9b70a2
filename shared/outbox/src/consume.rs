//! The consumer: batches of messages, split when one fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use messaging::{Broker, Consumer, Delivery, Queue, process_span};
use persistence::Database;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

use crate::fault::Fault;
use crate::handler::Handler;
use crate::incoming;
use crate::metrics::MESSAGES_PER_COMMIT;
use crate::relay::Outbox;

mod commit;
mod settle;
mod spans;

use commit::{Committed, Failure};

/// Messages that may share a commit.
const BATCH: usize = 32;
/// A longer commit locks the rows of all its messages for too long: requests and other replicas wait
/// for them. The next batch is then half as large; it grows again after shorter commits.
const LONG_COMMIT: Duration = Duration::from_millis(300);
const PAUSE_WHILE_UNAVAILABLE: Duration = Duration::from_secs(1);
const PAUSE_AFTER_LOST_CONNECTION: Duration = Duration::from_millis(20);
/// Lost connections after which a batch is split. Usually the messages are not the cause.
const LOST_CONNECTIONS_OF_BATCH: u32 = 2;
/// Lost connections, with a reachable database, after which a single message counts as the cause.
const LOST_CONNECTIONS_OF_ONE: u32 = 20;

/// Handles the messages of `queue` until `shutdown` is canceled; each takes effect once. Any number of
/// replicas may share a queue. A batch in progress at the shutdown is finished first.
///
/// The messages of a batch share a commit. Messages that the handler rejects are retried after a delay
/// or become dead letters, and the rest is committed without them. If the transaction fails as a whole,
/// the batch is split to find the failing message. A duplicate is acknowledged. While the database is
/// unavailable or busy, the consumer waits without limit.
pub async fn consume<H: Handler>(
    database: Database,
    broker: Broker,
    queue: Queue,
    handler: H,
    outbox: Outbox,
    shutdown: CancellationToken,
) {
    let mut consumer = broker.consumer(queue.clone());
    let worker = Worker {
        database,
        handler: Arc::new(handler),
        queue: consumer.queue().name.as_str().into(),
        outbox,
        shutdown: shutdown.clone(),
    };
    let work = async {
        let mut max = BATCH;
        while let Some(batch) = shutdown.run_until_cancelled(consumer.next_batch(max)).await {
            let (started, count) = (Instant::now(), batch.len());
            // `None`: the process stops. The broker redelivers unsettled messages to another replica
            // when the channel closes.
            let _ = worker.handle_batch(&consumer, batch).await;
            max = if started.elapsed() > LONG_COMMIT {
                (count / 2).max(1)
            } else {
                (max * 2).min(BATCH)
            };
        }
    };
    tokio::join!(work, shutdown.run_until_cancelled(broker.measure(&queue)));
}

pub(crate) struct Worker<H> {
    pub(crate) database: Database,
    pub(crate) handler: Arc<H>,
    pub(crate) queue: Arc<str>,
    outbox: Outbox,
    shutdown: CancellationToken,
}

impl<H: Handler> Worker<H> {
    async fn handle_batch(&self, consumer: &Consumer, batch: Vec<Delivery>) -> Option<()> {
        let mut set = Vec::with_capacity(batch.len());
        for delivery in batch {
            match &delivery.envelope {
                Ok(_) => set.push(delivery),
                Err(problem) => {
                    tracing::error!(queue = %self.queue, error = problem, "invalid message, moved to the dead letters");
                    let started = Instant::now();
                    let dead = consumer.dead_letter(&delivery, problem);
                    let settled = self.shutdown.run_until_cancelled(dead).await?;
                    self.count(&delivery, settled.into(), started);
                }
            }
        }
        // In the order of delivery, because an acknowledgement includes all earlier messages.
        let mut sets = vec![set];
        while let Some(set) = sets.pop() {
            let span = match set.as_slice() {
                [] => continue,
                [alone] => self.span(alone),
                _ => Span::none(),
            };
            if self.shutdown.is_cancelled() {
                return None;
            }
            sets.extend(self.handle_set(consumer, set).instrument(span).await?);
        }
        Some(())
    }

    fn span(&self, delivery: &Delivery) -> Span {
        let span = |envelope| process_span(&self.queue, envelope, Some(delivery.attempt));
        delivery
            .envelope
            .as_ref()
            .map_or_else(|_| Span::none(), span)
    }

    /// Commits these messages, or returns the sets to commit instead, the last one first. `None` if the
    /// process stops.
    async fn handle_set(
        &self,
        consumer: &Consumer,
        mut set: Vec<Delivery>,
    ) -> Option<Vec<Vec<Delivery>>> {
        let started = Instant::now();
        let error = match self.commit_with_retries(&set).await? {
            Ok(committed) => {
                if let Some(effects) = committed.effects {
                    self.outbox.wake();
                    self.handler.committed(effects);
                }
                MESSAGES_PER_COMMIT.of(&self.queue).observe(set.len());
                for (delivery, outcome) in set.iter().zip(committed.outcomes) {
                    self.count(delivery, outcome, started);
                }
                // After a lost acknowledgement they are redelivered, as duplicates.
                let _ = consumer.ack_batch(&set).await;
                return Some(Vec::new());
            }
            Err(error) => error,
        };
        let rejected = match error {
            Failure::Failed(_) if set.len() > 1 => {
                let second = set.split_off(set.len() / 2);
                return Some(vec![second, set]);
            }
            Failure::Failed(error) => vec![(0, error, Span::current())],
            Failure::Rejected(rejected) => rejected,
        };
        let mut rest: Vec<Option<Delivery>> = set.into_iter().map(Some).collect();
        for (position, error, span) in rejected {
            let Some(delivery) = rest.get_mut(position).and_then(Option::take) else {
                continue;
            };
            let settled = self.settle(consumer, &delivery, &error).instrument(span);
            // A message that is not settled because of the shutdown is redelivered.
            let settled = self.shutdown.run_until_cancelled(settled).await?;
            self.count(&delivery, settled.into(), started);
        }
        Some(vec![rest.into_iter().flatten().collect()])
    }

    /// Retries while the database, not a message, is the cause of failures. `None` if the process stops.
    async fn commit_with_retries(
        &self,
        deliveries: &[Delivery],
    ) -> Option<Result<Committed<H::Effects>, Failure>> {
        let set = incoming::set(deliveries);
        let is_alone = set.len() == 1;
        let mut lost_connections = 0;
        loop {
            let span = match is_alone {
                true => Span::current(),
                false => spans::commit(&self.queue, &set),
            };
            let begun = AtomicBool::default();
            let error = match self.commit(&set, &begun).instrument(span).await {
                Err(Failure::Failed(error)) => error,
                result => return Some(result),
            };
            let fault = Fault::of(&error);
            let database_failed = match fault {
                Fault::Unavailable => !begun.load(Ordering::Relaxed),
                Fault::Disabled => is_alone,
                Fault::Busy | Fault::Transient | Fault::Poison => false,
            };
            // The messages keep their tries and wait here, and so do all later ones.
            if database_failed || !self.database.is_reachable().await {
                tracing::debug!(queue = %self.queue, "waiting for the database");
                let pause = tokio::time::sleep(PAUSE_WHILE_UNAVAILABLE);
                self.shutdown.run_until_cancelled(pause).await?;
                continue;
            }
            let max = match is_alone {
                true => LOST_CONNECTIONS_OF_ONE,
                false => LOST_CONNECTIONS_OF_BATCH,
            };
            if fault != Fault::Unavailable || lost_connections >= max {
                return Some(Err(Failure::Failed(error)));
            }
            lost_connections += 1;
            tokio::time::sleep(PAUSE_AFTER_LOST_CONNECTION * lost_connections).await;
        }
    }
}

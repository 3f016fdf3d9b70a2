//! The consumer: inbox, handler and replies in one commit, then the acknowledgement.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::FutureExt;
use instruments::messages::{
    MESSAGE_AGE, MESSAGE_HANDLING, MESSAGES_CONSUMED, MESSAGES_PER_COMMIT,
};
use kernel::Clock;
use messaging::{Broker, Consumer, Delivery, Envelope, Queue, Settled, process_span};
use persistence::Database;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

use crate::fault::Fault;
use crate::handler::{Handler, HandlerError};
use crate::inbox;
use crate::relay::Outbox;
use crate::spans;

/// Messages that may share a commit.
const BATCH: usize = 32;
/// A commit that takes longer keeps the rows of all its messages locked for too long: requests and
/// other replicas wait for them. The next one is half as big; it grows again when there is time.
const LONG_COMMIT: Duration = Duration::from_millis(300);
const PAUSE_WHEN_AWAY: Duration = Duration::from_secs(1);
const PAUSE_AFTER_LOST_CONNECTION: Duration = Duration::from_millis(20);
const TRIES_TOGETHER: u32 = 2;
/// Above every time-out of the server: a commit that has not answered by then is lost, and its
/// connection with it.
const LONGEST_COMMIT: Duration = Duration::from_secs(60);
/// A database that answers and still loses the connection each time: then it may be the
/// message that does it.
const MOST_LOST_CONNECTIONS: u32 = 20;

/// Handles the messages of `queue` until `shutdown`, each one once in effect. Any
/// number of replicas may share a queue. What is being handled at shutdown is
/// finished first.
///
/// Several messages share a commit while all is well. When one of them fails, all are
/// rolled back and handled one by one: a duplicate is acknowledged, a transient error
/// is tried again after a delay, poison becomes a dead letter. A database that is away
/// or busy is waited for, as long as it takes.
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
        let mut most = BATCH;
        while let Some(batch) = shutdown
            .run_until_cancelled(consumer.next_batch(most))
            .await
        {
            let started = Instant::now();
            worker.handle_batch(&consumer, &batch).await;
            most = if started.elapsed() > LONG_COMMIT {
                (batch.len() / 2).max(1)
            } else {
                (most * 2).min(BATCH)
            };
        }
    };
    tokio::join!(work, shutdown.run_until_cancelled(broker.measure(&queue)));
}

struct Worker<H> {
    database: Database,
    handler: Arc<H>,
    queue: Arc<str>,
    outbox: Outbox,
    shutdown: CancellationToken,
}

impl<H: Handler> Worker<H> {
    async fn handle_batch(&self, consumer: &Consumer, batch: &[Delivery]) {
        let started = Instant::now();
        let envelopes: Vec<Envelope> = batch
            .iter()
            .filter_map(|delivery| delivery.envelope.as_ref().ok().cloned())
            .collect();
        if envelopes.len() == batch.len()
            && envelopes.len() > 1
            && let Ok(outcomes) = self.commit_together(envelopes.into(), batch).await
        {
            self.outbox.wake();
            self.handler.committed();
            MESSAGES_PER_COMMIT.of([&self.queue]).observe(batch.len());
            for (delivery, outcome) in batch.iter().zip(outcomes) {
                self.count(delivery, outcome, started);
            }
            // After a lost acknowledgement they come again, as duplicates.
            let _ = consumer.ack_batch(batch).await;
            return;
        }
        for delivery in batch {
            if self.shutdown.is_cancelled() {
                // Unsettled: another replica gets the rest when our channel closes.
                return;
            }
            let span = match &delivery.envelope {
                Ok(envelope) => process_span(&self.queue, envelope, Some(delivery.attempt)),
                Err(_lack) => Span::none(),
            };
            self.handle_one(consumer, delivery).instrument(span).await;
        }
    }

    /// A connection that was lost says nothing against the messages, so they stay
    /// together for another try or two.
    async fn commit_together(
        &self,
        all: Arc<[Envelope]>,
        batch: &[Delivery],
    ) -> Result<Vec<Outcome>, HandlerError> {
        let attempts: Arc<[u32]> = batch.iter().map(|delivery| delivery.attempt).collect();
        let mut lost_connections = 0;
        loop {
            let span = spans::commit(&self.queue, &all);
            let (all, attempts) = (Arc::clone(&all), Some(Arc::clone(&attempts)));
            let begun = AtomicBool::default();
            match self.commit(all, attempts, &begun).instrument(span).await {
                Err(error)
                    if lost_connections < TRIES_TOGETHER && Fault::of(&error) == Fault::Away =>
                {
                    lost_connections += 1;
                    tokio::time::sleep(PAUSE_AFTER_LOST_CONNECTION).await;
                }
                outcome => return outcome,
            }
        }
    }

    async fn handle_one(&self, consumer: &Consumer, delivery: &Delivery) {
        let started = Instant::now();
        let envelope = match &delivery.envelope {
            Ok(envelope) => envelope,
            Err(lack) => {
                tracing::error!(queue = %self.queue, error = lack, "not a message of ours");
                let settled = consumer.dead_letter(delivery, lack);
                if let Some(settled) = self.shutdown.run_until_cancelled(settled).await {
                    self.count(delivery, settled.into(), started);
                }
                return;
            }
        };
        let alone: Arc<[Envelope]> = Arc::from([envelope.clone()]);
        let mut lost_connections = 0;
        let outcome = loop {
            let begun = AtomicBool::default();
            let error = match self.commit(Arc::clone(&alone), None, &begun).await {
                Ok(outcomes) => {
                    self.outbox.wake();
                    self.handler.committed();
                    MESSAGES_PER_COMMIT.of([&self.queue]).observe(1_u32);
                    let _ = consumer.ack(delivery).await;
                    break outcomes.first().copied().unwrap_or(Outcome::Duplicate);
                }
                Err(error) => error,
            };
            let fault = Fault::of(&error);
            let blameless = match fault {
                Fault::Away => !begun.load(Ordering::Relaxed),
                Fault::Disabled => true,
                Fault::Busy | Fault::Passing | Fault::Lasting => false,
            };
            // Not the message's fault: it keeps its tries and waits here, and so does everything
            // behind it.
            if blameless || !self.database.is_reachable().await {
                tracing::debug!(queue = %self.queue, "waiting for the database");
                let pause = tokio::time::sleep(PAUSE_WHEN_AWAY);
                if self.shutdown.run_until_cancelled(pause).await.is_none() {
                    return;
                }
                continue;
            }
            if fault == Fault::Away && lost_connections < MOST_LOST_CONNECTIONS {
                // It is back already.
                lost_connections += 1;
                tokio::time::sleep(PAUSE_AFTER_LOST_CONNECTION * lost_connections).await;
                continue;
            }
            let settled = self.settle(consumer, delivery, fault, &error);
            // What is cut off here comes again.
            match self.shutdown.run_until_cancelled(settled).await {
                Some(settled) => break settled.into(),
                None => return,
            }
        };
        self.count(delivery, outcome, started);
    }

    async fn settle(
        &self,
        consumer: &Consumer,
        delivery: &Delivery,
        fault: Fault,
        error: &HandlerError,
    ) -> Settled {
        let error = chain(error.cause());
        spans::failed(&Span::current(), fault.name());
        match fault {
            Fault::Disabled | Fault::Busy => {
                self.log(
                    delivery,
                    &error,
                    "the database is busy, to be tried again",
                    false,
                );
                consumer.postpone(delivery).await
            }
            Fault::Away | Fault::Passing => {
                let last = delivery.attempt >= consumer.queue().max_attempts;
                let what = match last {
                    true => "failed for the last time, to the dead letters",
                    false => "failed, to be tried again",
                };
                self.log(delivery, &error, what, last);
                consumer.retry(delivery, &error).await
            }
            Fault::Lasting => {
                self.log(delivery, &error, "poison, to the dead letters", true);
                consumer.dead_letter(delivery, &error).await
            }
        }
    }

    /// One transaction for all of them. `begun` says whether it got that far. A single message's span is
    /// around all of it; where several share the commit, `attempts` says how often each was delivered, and
    /// each gets a span here.
    async fn commit(
        &self,
        envelopes: Arc<[Envelope]>,
        attempts: Option<Arc<[u32]>>,
        begun: &AtomicBool,
    ) -> Result<Vec<Outcome>, HandlerError> {
        let handler = Arc::clone(&self.handler);
        let queue = Arc::clone(&self.queue);
        let committed = self.database.transaction(async move |conn| {
            begun.store(true, Ordering::Relaxed);
            handler.begun();
            let mut new = inbox::insert(conn, &queue, &envelopes).await?;
            if envelopes.len() > 1 {
                handler.prepare(conn, &envelopes).await?;
            }
            let shared = messaging::trace::current();
            let mut outcomes = Vec::with_capacity(envelopes.len());
            let mut spans = Vec::new();
            for (position, envelope) in envelopes.iter().enumerate() {
                // One that comes twice in a batch is new once.
                if !new.remove(&envelope.id) {
                    outcomes.push(Outcome::Duplicate);
                    continue;
                }
                let attempt = attempts.as_ref().and_then(|all| all.get(position));
                let span = attempt.map(|attempt| process_span(&queue, envelope, Some(*attempt)));
                if let (Some(span), Some(shared)) = (&span, &shared) {
                    messaging::trace::link(span, shared);
                }
                let span = span.unwrap_or_else(Span::current);
                let handled = handler.handle(conn, envelope).instrument(span.clone());
                // A panic must not take the process along: the message would come
                // again and do it to every replica.
                let handled = AssertUnwindSafe(handled)
                    .catch_unwind()
                    .await
                    .unwrap_or_else(|panic| Err(panicked(&*panic)));
                if let Err(error) = handled {
                    spans::failed(&span, Fault::of(&error).name());
                    return Err(error);
                }
                outcomes.push(Outcome::Handled);
                spans.push(span);
            }
            Ok((outcomes, spans))
        });
        match tokio::time::timeout(LONGEST_COMMIT, committed).await {
            Ok(Ok((outcomes, spans))) => {
                for span in spans {
                    // Only now is it handled: the span ends here, not with the handler.
                    span.in_scope(|| tracing::debug!("committed"));
                }
                Ok(outcomes)
            }
            Ok(Err(error)) => Err(error),
            Err(elapsed) => Err(persistence::Error::Unavailable(Box::new(elapsed)).into()),
        }
    }

    /// A dead letter waits for somebody; the rest goes on by itself.
    fn log(&self, delivery: &Delivery, error: &str, what: &'static str, is_dead: bool) {
        let (queue, attempt) = (&self.queue, delivery.attempt);
        let envelope = delivery.envelope.as_ref().ok();
        let message_type = envelope.map(|envelope| envelope.message_type.as_str());
        let message_id = envelope.map(|envelope| tracing::field::display(envelope.id));
        if is_dead {
            tracing::error!(%queue, message_type, message_id, attempt, error, "{what}");
        } else {
            tracing::warn!(%queue, message_type, message_id, attempt, error, "{what}");
        }
    }

    fn count(&self, delivery: &Delivery, outcome: Outcome, started: Instant) {
        let envelope = delivery.envelope.as_ref().ok();
        let trace = envelope.and_then(|envelope| envelope.trace.as_ref());
        let trace = trace.map(|trace| trace.traceparent.as_str());
        MESSAGES_CONSUMED.of([&self.queue, outcome.name()]).inc();
        let handling = MESSAGE_HANDLING.of([&self.queue]);
        handling.observe_for(started.elapsed(), trace);
        let age = envelope.map(|envelope| Clock::system().now() - envelope.time);
        if let Some(age) = age.and_then(|age| age.to_std().ok()) {
            MESSAGE_AGE.of([&self.queue]).observe_for(age, trace);
        }
    }
}

/// What became of a delivery.
#[derive(Clone, Copy)]
enum Outcome {
    Handled,
    Duplicate,
    Retried,
    Dead,
    Returned,
}

impl Outcome {
    fn name(self) -> &'static str {
        match self {
            Self::Handled => "handled",
            Self::Duplicate => "duplicate",
            Self::Retried => "retried",
            Self::Dead => "dead",
            Self::Returned => "returned",
        }
    }
}

impl From<Settled> for Outcome {
    fn from(settled: Settled) -> Self {
        match settled {
            Settled::Retried => Self::Retried,
            Settled::Dead => Self::Dead,
            Settled::Returned => Self::Returned,
        }
    }
}

fn panicked(panic: &(dyn Any + Send)) -> HandlerError {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    HandlerError::poison(format!(
        "the handler panicked: {}",
        text.unwrap_or("(no text)")
    ))
}

/// The error and its causes in one line, for operators.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

//! Moves failed deliveries, and counts outcomes.

use std::time::Instant;

use kernel::Clock;
use messaging::{Consumer, Delivery, Settled, with_causes};
use tracing::Span;

use crate::error::HandlerError;
use crate::fault::Fault;
use crate::metrics::{MESSAGE_AGE, MESSAGE_HANDLING, MESSAGES_CONSUMED};
use crate::outcome::Outcome;

use super::{Worker, spans};

impl<H> Worker<H> {
    /// Moves a failed message to a retry queue or to the dead letters, depending on its error.
    pub(crate) async fn settle(
        &self,
        consumer: &Consumer,
        delivery: &Delivery,
        error: &HandlerError,
    ) -> Settled {
        let fault = Fault::of(error);
        let error = with_causes(error.cause());
        spans::failed(&Span::current(), fault.name());
        match fault {
            Fault::Disabled | Fault::Busy => {
                let what = "the database is busy, the message will be retried";
                self.log(delivery, &error, what, false);
                consumer.postpone(delivery).await
            }
            Fault::Unavailable | Fault::Transient => {
                let last = delivery.attempt >= consumer.queue().max_attempts;
                let what = match last {
                    true => "the last try failed, the message becomes a dead letter",
                    false => "the message failed and will be retried",
                };
                self.log(delivery, &error, what, last);
                consumer.retry(delivery, &error).await
            }
            Fault::Poison => {
                self.log(
                    delivery,
                    &error,
                    "poison message, it becomes a dead letter",
                    true,
                );
                consumer.dead_letter(delivery, &error).await
            }
        }
    }

    /// A dead letter is an error, because an operator must handle it; a retry is a warning.
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

    pub(crate) fn count(&self, delivery: &Delivery, outcome: Outcome, started: Instant) {
        let envelope = delivery.envelope.as_ref().ok();
        let trace = envelope.and_then(|envelope| envelope.trace.as_ref());
        let trace = trace.map(|trace| trace.traceparent.as_str());
        MESSAGES_CONSUMED.of((&self.queue, outcome)).inc();
        let handling = MESSAGE_HANDLING.of(&self.queue);
        handling.observe_for(started.elapsed(), trace);
        let age = envelope.map(|envelope| Clock::system().now() - envelope.time);
        if let Some(age) = age.and_then(|age| age.to_std().ok()) {
            MESSAGE_AGE.of(&self.queue).observe_for(age, trace);
        }
    }
}

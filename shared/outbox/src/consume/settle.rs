//! Moves a delivery that failed, and counts what became of each.

use std::time::Instant;

use kernel::Clock;
use messaging::{Consumer, Delivery, Settled};
use tracing::Span;

use crate::error::HandlerError;
use crate::fault::Fault;
use crate::metrics::{MESSAGE_AGE, MESSAGE_HANDLING, MESSAGES_CONSUMED};
use crate::outcome::Outcome;

use super::{Worker, spans};

impl<H> Worker<H> {
    /// Moves a message that failed to where its error says.
    pub(crate) async fn settle(
        &self,
        consumer: &Consumer,
        delivery: &Delivery,
        error: &HandlerError,
    ) -> Settled {
        let fault = Fault::of(error);
        let error = chain(error.cause());
        spans::failed(&Span::current(), fault.name());
        match fault {
            Fault::Disabled | Fault::Busy => {
                let what = "the database is busy, to be tried again";
                self.log(delivery, &error, what, false);
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

    /// A dead letter waits for an operator; the rest goes on by itself.
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

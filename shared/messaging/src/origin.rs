//! Whether a received message was published as what it says it is.
//!
//! The broker checks the exchange and the routing key of what a process publishes. Three ways lead around that check, for a
//! process that may publish other messages to the same exchange: a binding from an exchange of its own, a dead letter of
//! a queue of its own, and the header `CC`. Each leaves a trace, which this module finds. The type in the headers is not
//! checked by the broker at all.

use contracts::messages::Kind;
use lapin::BasicProperties;

use crate::headers;
use crate::topology;

/// Where a queue may get its messages from, beside the exchanges of commands and events.
pub(crate) struct Origins {
    /// Only the queue's service may write to it: what comes from it was checked before.
    retries: Option<String>,
}

impl Origins {
    /// Of a durable queue.
    pub(crate) fn of_queue(queue: &str) -> Self {
        Self {
            retries: Some(topology::retries(queue)),
        }
    }

    /// Of a subscription without retries.
    pub(crate) fn shared() -> Self {
        Self { retries: None }
    }

    /// An error if the message may be a forgery: it must have been published to a shared exchange, with its type as the
    /// routing key, by a process and not by the broker.
    pub(crate) fn verify(
        &self,
        exchange: &str,
        routing_key: &str,
        properties: &BasicProperties,
        message_type: &str,
    ) -> Result<(), String> {
        let is_retried = self.retries.as_deref() == Some(exchange);
        if is_retried && !headers::is_untrusted(properties) {
            return Ok(());
        }
        let is_shared = [Kind::Command, Kind::Event]
            .iter()
            .any(|kind| kind.exchange() == exchange);
        if is_shared && routing_key == message_type && !headers::was_dead(properties) {
            return Ok(());
        }
        Err(format!(
            "untrusted: {message_type} was published to '{exchange}' with the routing key '{routing_key}'"
        ))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    fn is_trusted(exchange: &str, routing_key: &str) -> bool {
        let properties = BasicProperties::default();
        let origins = Origins::of_queue("calculator.sums");
        let verified = origins.verify(exchange, routing_key, &properties, "pupil.asked.v1");
        verified.is_ok()
    }

    #[test]
    fn a_message_of_its_type_and_a_retry_are_trusted() {
        assert!(is_trusted("mercantile.events", "pupil.asked.v1"));
        assert!(is_trusted("mercantile.commands", "pupil.asked.v1"));
        assert!(is_trusted("calculator.retries", "calculator.sums"));
    }

    #[test]
    fn another_type_or_exchange_is_not_trusted() {
        assert!(!is_trusted("mercantile.events", "pupil.left.v1"));
        assert!(!is_trusted("", "calculator.sums"));
        assert!(!is_trusted("pupil.retries", "calculator.sums"));
        assert!(!is_trusted("pupil.events", "pupil.asked.v1"));
    }

    #[test]
    fn a_subscription_trusts_no_retries() {
        let properties = BasicProperties::default();
        let verified =
            Origins::shared().verify("calculator.retries", "x", &properties, "pupil.asked.v1");
        assert!(verified.is_err());
    }

    #[test]
    fn a_redriven_forgery_stays_untrusted() {
        let marked = headers::untrusted(&BasicProperties::default());
        let redriven = headers::for_redrive(&headers::for_dead(&marked, "untrusted", 1));
        let origins = Origins::of_queue("calculator.sums");
        let verified = origins.verify(
            "calculator.retries",
            "calculator.sums",
            &redriven,
            "pupil.asked.v1",
        );
        assert!(verified.is_err());
    }
}

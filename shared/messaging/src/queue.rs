use std::time::Duration;

use contracts::messages::{self, Kind, Message};

/// Routes messages of one type to a queue, from the exchange of their kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// The exchange.
    pub exchange: &'static str,
    /// The routing key: the message's type.
    pub routing_key: &'static str,
}

impl Binding {
    /// The durable queues that must receive what this binding routes.
    pub(crate) fn consumers(&self) -> &'static [&'static str] {
        messages::consumers(self.routing_key)
    }

    /// Routes all messages of type `M`.
    pub fn to<M: Message>() -> Self {
        Self {
            exchange: M::KIND.exchange(),
            routing_key: M::TYPE,
        }
    }
}

/// A durable quorum queue `<consumer>.<what>` that replicas of one service share,
/// with its retry queues `<name>.retry.<n>` and its dead letters `<name>.dead`. The name begins
/// with that of the service, whose account may use such names only.
///
/// ```ignore
/// Queue::new("catalog.orders").bind::<Reserve>().bind::<Release>()
/// ```
#[derive(Debug, Clone)]
pub struct Queue {
    /// `<consumer>.<what>`. A queue's arguments cannot change: one that must differ needs a new
    /// name.
    pub name: String,
    /// The messages that it receives.
    pub bindings: Vec<Binding>,
    /// Tries before a message becomes a dead letter, the first one included.
    pub max_attempts: u32,
    /// Delay before the second try; each later one is four times as long.
    pub first_delay: Duration,
    /// Most messages that the broker delivers before they are acknowledged.
    pub prefetch: u16,
}

const MAX_DELAY: Duration = Duration::from_secs(600);
const MAX_ATTEMPTS: u32 = 6;
const FIRST_DELAY: Duration = Duration::from_secs(1);
const PREFETCH: u16 = 64;

impl Queue {
    /// A queue with default settings: six tries over about six minutes.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            bindings: Vec::new(),
            max_attempts: MAX_ATTEMPTS,
            first_delay: FIRST_DELAY,
            prefetch: PREFETCH,
        }
    }

    /// Adds messages of type `M`.
    #[must_use]
    pub fn bind<M: Message>(mut self) -> Self {
        self.bindings.push(Binding::to::<M>());
        self
    }

    /// The types of its messages that are events.
    pub(crate) fn events(&self) -> Vec<&'static str> {
        let events = self
            .bindings
            .iter()
            .filter(|binding| binding.exchange == Kind::Event.exchange());
        events.map(|binding| binding.routing_key).collect()
    }

    /// The name of the queue of its dead letters.
    pub fn dead(&self) -> String {
        dead(&self.name)
    }

    /// The name of the queue in which a message waits after its `attempt`th try.
    pub fn retry(&self, attempt: u32) -> String {
        format!("{}.retry.{attempt}", self.name)
    }

    /// How long it waits there.
    pub fn delay(&self, attempt: u32) -> Duration {
        let factor = 4_u32.saturating_pow(attempt.saturating_sub(1));
        self.first_delay.saturating_mul(factor).min(MAX_DELAY)
    }
}

/// The name of a queue's dead letters.
pub(crate) fn dead(queue: &str) -> String {
    format!("{queue}.dead")
}

/// The name of the queue of the events that `queue` should have received while it was not bound.
/// Each queue has its own, so the events of one do not displace those of another.
pub(crate) fn unrouted(queue: &str) -> String {
    format!("{queue}.unrouted")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_fourfold_up_to_ten_minutes() {
        let queue = Queue::new("order.replies");
        let seconds = |attempt| queue.delay(attempt).as_secs();
        assert_eq!([1, 4, 16, 64, 256], [1, 2, 3, 4, 5].map(seconds));
        assert_eq!(600, seconds(40));
    }
}

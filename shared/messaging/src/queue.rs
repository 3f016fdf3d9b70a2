//! A consumer's queue, as its owner describes it.

use std::time::Duration;

use contracts::messages::Message;

/// What a queue takes: messages of one type, from the exchange of their kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding {
    /// The exchange.
    pub exchange: &'static str,
    /// The routing key: the message's type.
    pub routing_key: &'static str,
}

impl Binding {
    /// Takes all messages of type `M`.
    pub fn to<M: Message>() -> Self {
        Self {
            exchange: M::KIND.exchange(),
            routing_key: M::TYPE,
        }
    }
}

/// A durable quorum queue `<consumer>.<what>` that replicas of one service share,
/// with its retry queues `<name>.retry.<n>` and its dead letters `<name>.dead`.
///
/// ```ignore
/// Queue::new("catalog.orders").bind::<Reserve>().bind::<Release>()
/// ```
#[derive(Debug, Clone)]
pub struct Queue {
    /// `<consumer>.<what>`. Its arguments cannot change later: a queue that must
    /// differ gets a new name.
    pub name: String,
    /// What flows in.
    pub bindings: Vec<Binding>,
    /// Tries before a message is a dead letter, the first one included.
    pub max_attempts: u32,
    /// Delay before the second try; each later one is four times as long.
    pub first_delay: Duration,
    /// Messages the broker sends ahead of their acknowledgement.
    pub prefetch: u16,
}

const LONGEST_DELAY: Duration = Duration::from_secs(600);

impl Queue {
    /// A queue with the house's defaults: six tries over about six minutes.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            bindings: Vec::new(),
            max_attempts: 6,
            first_delay: Duration::from_secs(1),
            prefetch: 64,
        }
    }

    /// Lets messages of type `M` flow in.
    #[must_use]
    pub fn bind<M: Message>(mut self) -> Self {
        self.bindings.push(Binding::to::<M>());
        self
    }

    /// Where messages go that nobody could handle.
    pub fn dead(&self) -> String {
        dead(&self.name)
    }

    /// Where a message waits after its `attempt`th try failed.
    pub fn retry(&self, attempt: u32) -> String {
        format!("{}.retry.{attempt}", self.name)
    }

    /// How long it waits there.
    pub fn delay(&self, attempt: u32) -> Duration {
        let factor = 4_u32.saturating_pow(attempt.saturating_sub(1));
        self.first_delay.saturating_mul(factor).min(LONGEST_DELAY)
    }
}

/// The name of a queue's dead letters.
pub(crate) fn dead(queue: &str) -> String {
    format!("{queue}.dead")
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

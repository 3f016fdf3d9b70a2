//! The commands of the checkout saga.

use contracts::messages::{AuthorizePayment, CapturePayment, Message, RefundPayment, VoidPayment};
use diesel_async::AsyncPgConnection;
use messaging::{Envelope, Queue};
use outbox::{BatchError, Handler, HandlerError, Incoming};

use crate::app::App;
use crate::domain::{Command, Effects};

/// The queue `payment.commands`. Replicas compete for its messages.
pub(crate) fn queue() -> Queue {
    Queue::new("payment.commands")
        .bind::<AuthorizePayment>()
        .bind::<VoidPayment>()
        .bind::<CapturePayment>()
        .bind::<RefundPayment>()
}

/// The handler of the queue.
pub(crate) struct Commands(pub(crate) App);

impl Handler for Commands {
    type Effects = Effects;

    async fn handle(
        &self,
        conn: &mut AsyncPgConnection,
        messages: &[Incoming],
    ) -> Result<Effects, BatchError> {
        let commands = outbox::per_message(messages, |_, message| decode(message))?;
        self.0.apply_commands(conn, messages, &commands).await
    }

    fn committed(&self, effects: Effects) {
        self.0.committed(&effects);
    }
}

fn decode(envelope: &Envelope) -> Result<Command, HandlerError> {
    Ok(match envelope.message_type.as_str() {
        AuthorizePayment::TYPE => Command::Authorize(envelope.decode()?),
        VoidPayment::TYPE => Command::Void(envelope.decode()?),
        CapturePayment::TYPE => Command::Capture(envelope.decode()?),
        RefundPayment::TYPE => Command::Refund(envelope.decode()?),
        other => return Err(HandlerError::poison(format!("no handler for {other}"))),
    })
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

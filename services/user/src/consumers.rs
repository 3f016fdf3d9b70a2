//! Consumes the events of orders that customers are notified of.

use chassis::telemetry;
use contracts::messages::{
    Message, OrderActionRequired, OrderCancelled, OrderConfirmed, OrderDelivered, OrderRefunded,
    OrderRejected, OrderReturnApproved, OrderReturnRefused, OrderReturnRequested, OrderShipped,
};
use diesel_async::AsyncPgConnection;
use messaging::{Envelope, Queue};
use outbox::{BatchError, Handler, HandlerError, Incoming};

use crate::app::App;
use crate::domain::{About, Notification, OrderEvent};
use crate::metrics::{MailKind, MailOutcome, USER_MAILS};

/// The queue `user.notifications`. Replicas compete for its messages.
pub(crate) fn queue() -> Queue {
    Queue::new("user.notifications")
        .bind::<OrderActionRequired>()
        .bind::<OrderConfirmed>()
        .bind::<OrderRejected>()
        .bind::<OrderCancelled>()
        .bind::<OrderShipped>()
        .bind::<OrderDelivered>()
        .bind::<OrderRefunded>()
        .bind::<OrderReturnRequested>()
        .bind::<OrderReturnApproved>()
        .bind::<OrderReturnRefused>()
}

/// Stores notifications in the consumer's transaction. The e-mails are sent after the commit.
pub(crate) struct Notifications {
    app: App,
}

impl Notifications {
    pub(crate) fn new(app: App) -> Self {
        Self { app }
    }
}

/// The notification of an event.
fn notification(envelope: &Envelope) -> Result<Notification, HandlerError> {
    let of = |customer, order, happened_at, event| Notification {
        id: envelope.id,
        customer,
        about: About::Order(order, event),
        happened_at,
    };
    Ok(match envelope.message_type.as_str() {
        OrderActionRequired::TYPE => {
            let m: OrderActionRequired = envelope.decode()?;
            let expires_at = m.expires_at;
            let event = OrderEvent::ActionRequired { expires_at };
            of(m.customer_id, m.order_id, m.at, event)
        }
        OrderConfirmed::TYPE => {
            let m: OrderConfirmed = envelope.decode()?;
            let event = OrderEvent::Confirmed { total: m.total };
            of(m.customer_id, m.order_id, m.at, event)
        }
        OrderRejected::TYPE => {
            let m: OrderRejected = envelope.decode()?;
            let event = OrderEvent::Rejected { reason: m.reason };
            of(m.customer_id, m.order_id, m.at, event)
        }
        OrderCancelled::TYPE => {
            let m: OrderCancelled = envelope.decode()?;
            let event = OrderEvent::Cancelled { reason: m.reason };
            of(m.customer_id, m.order_id, m.at, event)
        }
        OrderShipped::TYPE => {
            let m: OrderShipped = envelope.decode()?;
            let tracking_number = m.tracking_number;
            let event = OrderEvent::Shipped { tracking_number };
            of(m.customer_id, m.order_id, m.at, event)
        }
        OrderDelivered::TYPE => {
            let m: OrderDelivered = envelope.decode()?;
            of(m.customer_id, m.order_id, m.at, OrderEvent::Delivered)
        }
        OrderRefunded::TYPE => {
            let m: OrderRefunded = envelope.decode()?;
            let event = OrderEvent::Refunded { amount: m.amount };
            of(m.customer_id, m.order_id, m.at, event)
        }
        OrderReturnRequested::TYPE => {
            let m: OrderReturnRequested = envelope.decode()?;
            of(m.customer_id, m.order_id, m.at, OrderEvent::ReturnRequested)
        }
        OrderReturnApproved::TYPE => {
            let m: OrderReturnApproved = envelope.decode()?;
            let event = OrderEvent::ReturnApproved { amount: m.amount };
            of(m.customer_id, m.order_id, m.at, event)
        }
        OrderReturnRefused::TYPE => {
            let m: OrderReturnRefused = envelope.decode()?;
            of(m.customer_id, m.order_id, m.at, OrderEvent::ReturnRefused)
        }
        other => return Err(HandlerError::poison(format!("no handler for {other}"))),
    })
}

impl Handler for Notifications {
    /// The kinds of notifications that become no e-mail.
    type Effects = Vec<MailKind>;

    async fn handle(
        &self,
        conn: &mut AsyncPgConnection,
        messages: &[Incoming],
    ) -> Result<Self::Effects, BatchError> {
        let notifications = outbox::per_message(messages, |_, message| {
            Ok((notification(message)?, telemetry::current_context()))
        })?;
        Ok(self.app.notify(conn, &notifications).await?)
    }

    fn committed(&self, skipped: Self::Effects) {
        for kind in skipped {
            USER_MAILS.of((kind, MailOutcome::Skipped)).inc();
        }
        if let Some(email_sender) = &self.app.email_sender {
            email_sender.wake();
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

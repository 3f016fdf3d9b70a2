//! Messages in: events of orders that customers are notified of.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chassis::telemetry;
use contracts::messages::{
    Message, OrderActionRequired, OrderCancelled, OrderConfirmed, OrderDelivered, OrderRefunded,
    OrderRejected, OrderShipped,
};
use diesel_async::AsyncPgConnection;
use instruments::user::USER_MAILS;
use messaging::{Envelope, Queue};
use outbox::{Handler, HandlerError};

use crate::app::App;
use crate::domain::{Notification, OrderEvent};

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
}

/// Stores notifications in the consumer's transaction. The e-mails go out after the commit.
pub(crate) struct Notifications {
    app: App,
    /// The kinds of notifications in the open transaction that become no e-mail: counted after the commit.
    skipped: Mutex<Vec<&'static str>>,
}

impl Notifications {
    pub(crate) fn new(app: App) -> Self {
        Self {
            app,
            skipped: Mutex::default(),
        }
    }

    fn skipped(&self) -> MutexGuard<'_, Vec<&'static str>> {
        self.skipped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The notification of an event.
fn notification(envelope: &Envelope) -> Result<Notification, HandlerError> {
    let of = |customer, order, happened_at, event| Notification {
        id: envelope.id,
        customer,
        order,
        event,
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
        other => return Err(HandlerError::poison(format!("no handler for {other}"))),
    })
}

impl Handler for Notifications {
    async fn handle(
        &self,
        conn: &mut AsyncPgConnection,
        envelope: &Envelope,
    ) -> Result<(), HandlerError> {
        let notification = (notification(envelope)?, telemetry::current_context());
        let skipped = self.app.notify(conn, &[notification]).await?;
        self.skipped().extend(skipped);
        Ok(())
    }

    fn begun(&self) {
        self.skipped().clear();
    }

    fn committed(&self) {
        for kind in mem::take(&mut *self.skipped()) {
            USER_MAILS.of([kind, "skipped"]).inc();
        }
        if let Some(email_sender) = &self.app.email_sender {
            email_sender.wake();
        }
    }
}

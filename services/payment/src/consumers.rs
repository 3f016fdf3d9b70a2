//! Messages in: the commands of the checkout.

use contracts::messages::{AuthorizePayment, CapturePayment, Message, RefundPayment, VoidPayment};
use diesel_async::AsyncPgConnection;
use kernel::Clock;
use messaging::{Envelope, Queue};
use outbox::{Handler, HandlerError};

use crate::failure::Failure;
use crate::pool::Wake;
use crate::store;

/// The queue `payment.commands`. Replicas compete for its messages.
pub(crate) fn queue() -> Queue {
    Queue::new("payment.commands")
        .bind::<AuthorizePayment>()
        .bind::<VoidPayment>()
        .bind::<CapturePayment>()
        .bind::<RefundPayment>()
}

/// Applies commands in the consumer's transaction. The provider is asked after the commit.
pub(crate) struct Commands {
    pub(crate) clock: Clock,
    pub(crate) wake: Wake,
}

impl Handler for Commands {
    async fn handle(
        &self,
        conn: &mut AsyncPgConnection,
        envelope: &Envelope,
    ) -> Result<(), HandlerError> {
        let now = self.clock.now();
        let applied = match envelope.message_type.as_str() {
            AuthorizePayment::TYPE => store::authorize(conn, &envelope.decode()?, now).await,
            VoidPayment::TYPE => store::void(conn, &envelope.decode()?, now).await,
            CapturePayment::TYPE => store::capture(conn, &envelope.decode()?, now).await,
            RefundPayment::TYPE => store::refund(conn, &envelope.decode()?, now).await,
            other => return Err(HandlerError::poison(format!("no handler for {other}"))),
        };
        applied.map_err(|error| match error {
            Failure::Refused(refused) => HandlerError::poison(refused),
            Failure::Database(error) => HandlerError::transient(error),
        })
    }

    fn committed(&self) {
        self.wake.wake();
    }
}

//! Messages in: the commands of the checkout.

use contracts::messages::{AuthorizePayment, CapturePayment, Message, RefundPayment, VoidPayment};
use diesel_async::AsyncPgConnection;
use kernel::PaymentId;
use messaging::{Envelope, Queue};
use outbox::{BatchError, Handler, HandlerError, Incoming};
use tracing::Instrument;

use crate::app::App;
use crate::domain::Reply;
use crate::failure::Failure;
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
    app: App,
}

impl Commands {
    pub(crate) fn new(app: App) -> Self {
        Self { app }
    }

    async fn apply(
        &self,
        conn: &mut AsyncPgConnection,
        envelope: &Envelope,
    ) -> Result<Vec<Reply>, HandlerError> {
        let now = self.app.clock().now();
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
}

/// Whose payment a command is about. None when it cannot be decoded: that fails when its turn comes.
fn payment_of(envelope: &Envelope) -> Option<PaymentId> {
    match envelope.message_type.as_str() {
        AuthorizePayment::TYPE => {
            let command: AuthorizePayment = envelope.decode().ok()?;
            Some(command.payment_id)
        }
        VoidPayment::TYPE => {
            let command: VoidPayment = envelope.decode().ok()?;
            Some(command.payment_id)
        }
        CapturePayment::TYPE => {
            let command: CapturePayment = envelope.decode().ok()?;
            Some(command.payment_id)
        }
        RefundPayment::TYPE => {
            let command: RefundPayment = envelope.decode().ok()?;
            Some(command.payment_id)
        }
        _ => None,
    }
}

impl Handler for Commands {
    /// What the replies tell for the first time.
    type Effects = Vec<Reply>;

    async fn handle(
        &self,
        conn: &mut AsyncPgConnection,
        messages: &[Incoming],
    ) -> Result<Vec<Reply>, BatchError> {
        if messages.len() > 1 {
            let payments = messages.iter().filter_map(|message| payment_of(message));
            store::lock(conn, &payments.collect::<Vec<_>>()).await?;
        }
        let mut told = Vec::new();
        for message in messages {
            let applied = self.apply(conn, message);
            told.extend(applied.instrument(message.span().clone()).await?);
        }
        Ok(told)
    }

    fn committed(&self, told: Vec<Reply>) {
        self.app.commands_committed(&told);
    }
}

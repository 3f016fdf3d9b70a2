//! Messages in: the commands of the checkout.

use std::sync::{Mutex, MutexGuard, PoisonError};

use contracts::messages::{AuthorizePayment, CapturePayment, Message, RefundPayment, VoidPayment};
use diesel_async::AsyncPgConnection;
use kernel::PaymentId;
use messaging::{Envelope, Queue};
use outbox::{Handler, HandlerError};

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
    /// The replies of the open transaction.
    told: Mutex<Vec<Reply>>,
}

impl Commands {
    pub(crate) fn new(app: App) -> Self {
        Self {
            app,
            told: Mutex::default(),
        }
    }

    fn told(&self) -> MutexGuard<'_, Vec<Reply>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
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
    async fn prepare(
        &self,
        conn: &mut AsyncPgConnection,
        envelopes: &[Envelope],
    ) -> Result<(), HandlerError> {
        let payments: Vec<PaymentId> = envelopes.iter().filter_map(payment_of).collect();
        Ok(store::lock(conn, &payments).await?)
    }

    async fn handle(
        &self,
        conn: &mut AsyncPgConnection,
        envelope: &Envelope,
    ) -> Result<(), HandlerError> {
        let now = self.app.clock().now();
        let applied = match envelope.message_type.as_str() {
            AuthorizePayment::TYPE => store::authorize(conn, &envelope.decode()?, now).await,
            VoidPayment::TYPE => store::void(conn, &envelope.decode()?, now).await,
            CapturePayment::TYPE => store::capture(conn, &envelope.decode()?, now).await,
            RefundPayment::TYPE => store::refund(conn, &envelope.decode()?, now).await,
            other => return Err(HandlerError::poison(format!("no handler for {other}"))),
        };
        let told = applied.map_err(|error| match error {
            Failure::Refused(refused) => HandlerError::poison(refused),
            Failure::Database(error) => HandlerError::transient(error),
        })?;
        self.told().extend(told);
        Ok(())
    }

    fn begun(&self) {
        self.told().clear();
    }

    fn committed(&self) {
        let told = std::mem::take(&mut *self.told());
        self.app.commands_committed(&told);
    }
}

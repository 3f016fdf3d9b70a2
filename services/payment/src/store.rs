//! Every SQL statement. What follows from a command or an answer is committed together: the
//! payment, the refund, the operation, the ledger and the reply.

mod ledger;
mod operations;
mod payments;
mod refunds;
mod rows;

use chrono::{DateTime, Utc};
use contracts::messages::{AuthorizePayment, CapturePayment, RefundPayment, VoidPayment};
use diesel_async::AsyncPgConnection;
use kernel::{OrderId, PaymentId};
use outbox::Messages;
use persistence::Database;

use crate::domain::{self, Answer, Decision, Operation, Payment, Reply, Task};
use crate::failure::Failure;

pub(crate) use ledger::{Balance, BookedEntry};

impl From<diesel::result::Error> for Failure {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(error.into())
    }
}

/// What became of an answer.
#[derive(Debug)]
pub(crate) enum Finished {
    /// It was applied; what the sender hears, and what is to be asked next.
    Applied {
        reply: Option<Reply>,
        asked: Option<Task>,
    },
    /// Another worker had applied it before.
    Before,
}

/// The database of the service.
#[derive(Clone)]
pub(crate) struct Store {
    database: Database,
}

impl Store {
    pub(crate) fn new(database: Database) -> Self {
        Self { database }
    }

    /// The payment of an order.
    pub(crate) async fn payment_of(
        &self,
        order_id: OrderId,
    ) -> Result<Option<Payment>, persistence::Error> {
        payments::of_order(&mut *self.database.get().await?, order_id).await
    }

    /// The ledger of an order, oldest first, at most `limit` entries.
    pub(crate) async fn entries_of(
        &self,
        order_id: OrderId,
        limit: i64,
    ) -> Result<Vec<BookedEntry>, persistence::Error> {
        ledger::of_order(&mut *self.database.get().await?, order_id, limit).await
    }

    /// Every account's balance per currency.
    pub(crate) async fn balances(&self) -> Result<Vec<Balance>, persistence::Error> {
        ledger::balances(&mut *self.database.get().await?).await
    }

    /// Leases operations that are due to the caller, at most `limit`. They are due again when
    /// `lease_ms` have passed and nobody has finished them.
    pub(crate) async fn lease(
        &self,
        limit: usize,
        lease_ms: u64,
    ) -> Result<Vec<Operation>, persistence::Error> {
        operations::lease(&mut *self.database.get().await?, limit, lease_ms).await
    }

    /// Gives a leased operation back, to be tried again after a delay. Does nothing when the lease
    /// has run out and someone else is at it.
    pub(crate) async fn postpone(
        &self,
        operation: &Operation,
        delay_ms: u64,
        error: &str,
    ) -> Result<(), persistence::Error> {
        operations::postpone(&mut *self.database.get().await?, operation, delay_ms, error).await
    }

    /// Deletes some operations that were finished more than so many days ago; says how many.
    pub(crate) async fn sweep_operations(&self, days: u32) -> Result<usize, persistence::Error> {
        operations::sweep(&mut *self.database.get().await?, days).await
    }

    /// How many operations wait for the provider.
    pub(crate) async fn pending(&self) -> Result<i64, persistence::Error> {
        operations::pending(&mut *self.database.get().await?).await
    }

    /// Applies the provider's answer, once, whoever else may hold the same answer.
    pub(crate) async fn finish(
        &self,
        operation: &Operation,
        answer: &Answer,
        now: DateTime<Utc>,
    ) -> Result<Finished, Failure> {
        let operation = operation.clone();
        let answer = answer.clone();
        self.database
            .transaction(async move |conn| finish(conn, &operation, answer.clone(), now).await)
            .await
    }
}

async fn finish(
    conn: &mut AsyncPgConnection,
    operation: &Operation,
    answer: Answer,
    now: DateTime<Utc>,
) -> Result<Finished, Failure> {
    let payment = payments::lock(conn, operation.payment_id).await?;
    if !operations::close(conn, operation.id, &answer).await? {
        return Ok(Finished::Before);
    }
    let payment = payment.ok_or(persistence::Error::NotFound)?;
    let refund = match operation.task {
        Task::Refund(id) => refunds::find(conn, id).await?,
        _ => None,
    };
    let decision = domain::settle(payment, refund, operation.task, answer)?;
    let finished = Finished::Applied {
        reply: decision.reply.clone(),
        asked: decision.ask.map(|ask| ask.task),
    };
    let subject = (operation.payment_id, operation.order_id);
    write(conn, decision, subject, false, now).await?;
    Ok(finished)
}

/// `payment.authorize.v1`, in the consumer's transaction.
pub(crate) async fn authorize(
    conn: &mut AsyncPgConnection,
    command: &AuthorizePayment,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let existing = payments::lock(conn, command.payment_id).await?;
    let new = existing.is_none();
    let decision = domain::authorize(existing, command, now)?;
    let subject = (command.payment_id, command.order_id);
    write(conn, decision, subject, new, now).await
}

/// `payment.void.v1`, in the consumer's transaction.
pub(crate) async fn void(
    conn: &mut AsyncPgConnection,
    command: &VoidPayment,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let existing = payments::lock(conn, command.payment_id).await?;
    let new = existing.is_none();
    let asked = operations::authorization_was_asked(conn, command.payment_id).await?;
    let decision = domain::void(existing, command, asked, now)?;
    let subject = (command.payment_id, command.order_id);
    write(conn, decision, subject, new, now).await
}

/// `payment.capture.v1`, in the consumer's transaction.
pub(crate) async fn capture(
    conn: &mut AsyncPgConnection,
    command: &CapturePayment,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let existing = payments::lock(conn, command.payment_id).await?;
    let decision = domain::capture(existing, command)?;
    let subject = (command.payment_id, command.order_id);
    write(conn, decision, subject, false, now).await
}

/// `payment.refund.v1`, in the consumer's transaction.
pub(crate) async fn refund(
    conn: &mut AsyncPgConnection,
    command: &RefundPayment,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let existing = payments::lock(conn, command.payment_id).await?;
    let known = refunds::find(conn, command.refund_id).await?;
    let in_flight = refunds::in_flight(conn, command.payment_id).await?;
    let decision = domain::refund(existing, known, in_flight, command)?;
    let subject = (command.payment_id, command.order_id);
    write(conn, decision, subject, false, now).await
}

async fn write(
    conn: &mut AsyncPgConnection,
    decision: Decision,
    (payment_id, order_id): (PaymentId, OrderId),
    new: bool,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    if let Some(payment) = decision.payment.as_ref().filter(|_| new) {
        payments::insert(conn, payment, now).await?;
    }
    if let Some(refund) = &decision.refund {
        refunds::save(conn, refund, now).await?;
    }
    // The rest refers to these and does not wait for each other: it travels together.
    let conn: &AsyncPgConnection = conn;
    let update = async {
        match &decision.payment {
            Some(payment) if !new => payments::update(conn, payment, now).await,
            _ => Ok(()),
        }
    };
    let withdraw = async {
        match decision.withdraw {
            true => operations::withdraw_authorization(conn, payment_id).await,
            false => Ok(()),
        }
    };
    let ask = async {
        match decision.ask {
            Some(ask) => operations::insert(conn, payment_id, ask).await,
            None => Ok(()),
        }
    };
    let book = async {
        match decision.book {
            Some(booking) => ledger::book(conn, payment_id, order_id, booking, now).await,
            None => Ok(()),
        }
    };
    let answer = messages(decision.reply.as_ref())?.enqueue(conn);
    tokio::try_join!(update, withdraw, ask, book, answer)?;
    Ok(())
}

fn messages(reply: Option<&Reply>) -> Result<Messages, persistence::Error> {
    let mut messages = Messages::new();
    match reply {
        Some(Reply::Authorized(reply)) => messages.add(reply)?,
        Some(Reply::Declined(reply)) => messages.add(reply)?,
        Some(Reply::Voided(reply)) => messages.add(reply)?,
        Some(Reply::Captured(reply)) => messages.add(reply)?,
        Some(Reply::CaptureFailed(reply)) => messages.add(reply)?,
        Some(Reply::Refunded(reply)) => messages.add(reply)?,
        Some(Reply::RefundFailed(reply)) => messages.add(reply)?,
        None => {}
    }
    Ok(messages)
}

//! Every SQL statement. What follows from a command or an answer is committed together: the
//! payment, the refund, the operation, the ledger and the reply.

mod columns;
mod ledger;
mod lookups;
mod operations;
mod orphan_intents;
mod payments;
mod reconciliations;
mod refunds;
mod webhooks;

use chrono::{DateTime, Utc};
use contracts::messages::{AuthorizePayment, CapturePayment, RefundPayment, VoidPayment};
use diesel_async::AsyncPgConnection;
use kernel::{OrderId, PaymentId, RefundId};
use outbox::Messages;
use persistence::Database;

use crate::config::LookupsConfig;
use crate::domain::{
    self, Answer, Decision, Event, Lookup, Operation, Payment, RefundStatus, Reply, Status, Task,
};
use crate::failure::Failure;
use crate::provider::Look;

pub(crate) use ledger::{Balance, BookedEntry};
pub(crate) use operations::Pending;
pub(crate) use reconciliations::{Counts, NewRun, Origin, Run, RunStatus};
pub(crate) use webhooks::Received;

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
        replies: Vec<Reply>,
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
    /// has run out and someone else is at it. `key_spent`: nothing comes of its key any more.
    pub(crate) async fn postpone(
        &self,
        operation: &Operation,
        delay_ms: u64,
        error: &str,
        key_spent: bool,
    ) -> Result<(), persistence::Error> {
        let mut conn = self.database.get().await?;
        operations::postpone(&mut conn, operation, delay_ms, error, key_spent).await
    }

    /// Keeps a leased operation for `lease_ms` from now. False: somebody else is at it.
    pub(crate) async fn keep(
        &self,
        operation: &Operation,
        lease_ms: u64,
    ) -> Result<bool, persistence::Error> {
        operations::keep(&mut *self.database.get().await?, operation, lease_ms).await
    }

    /// Takes a new idempotency key into use instead of a spent one. False: somebody else is at it.
    pub(crate) async fn renew_key(
        &self,
        operation: &Operation,
    ) -> Result<bool, persistence::Error> {
        operations::renew_key(&mut *self.database.get().await?, operation).await
    }

    /// Deletes some operations that were finished more than so many days ago; says how many.
    pub(crate) async fn sweep_operations(&self, days: u32) -> Result<usize, persistence::Error> {
        operations::sweep(&mut *self.database.get().await?, days).await
    }

    /// Forgets some events that came more than so many days ago; says how many.
    pub(crate) async fn sweep_webhooks(&self, days: u32) -> Result<usize, persistence::Error> {
        webhooks::sweep(&mut *self.database.get().await?, days).await
    }

    /// What waits for the provider.
    pub(crate) async fn pending(&self) -> Result<Pending, persistence::Error> {
        operations::pending(&mut *self.database.get().await?).await
    }

    /// How many lookups wait for a worker.
    pub(crate) async fn lookups_due(&self) -> Result<i64, persistence::Error> {
        lookups::due(&mut *self.database.get().await?).await
    }

    /// Adds some of what was booked lately to the balances; says how many rows that were.
    pub(crate) async fn roll_up(&self) -> Result<i64, persistence::Error> {
        ledger::roll_up(&mut *self.database.get().await?).await
    }

    /// Has holds watched that are older than that; says how many are new.
    pub(crate) async fn watch_holds(
        &self,
        before: DateTime<Utc>,
    ) -> Result<usize, persistence::Error> {
        lookups::watch_holds(&mut *self.database.get().await?, before).await
    }

    /// Takes an event of the provider in, once.
    pub(crate) async fn receive(&self, event: &Event) -> Result<Received, persistence::Error> {
        let event = event.clone();
        self.database
            .transaction(async move |conn| webhooks::receive(conn, &event).await)
            .await
    }

    /// Leases lookups that are due, as [`Store::lease`] does operations.
    pub(crate) async fn lease_lookups(
        &self,
        limit: usize,
        lease_ms: u64,
    ) -> Result<Vec<Lookup>, persistence::Error> {
        lookups::lease(&mut *self.database.get().await?, limit, lease_ms).await
    }

    /// Gives a leased lookup back, to be tried again after a delay. `unusable` answers came in a row.
    pub(crate) async fn put_off(
        &self,
        lookup: &Lookup,
        delay_ms: u64,
        error: &str,
        unusable: i32,
    ) -> Result<(), persistence::Error> {
        let conn = self.database.get().await?;
        lookups::put_off(&conn, lookup, delay_ms, Some(error), unusable).await
    }

    /// Gives a lookup up; a hint that came meanwhile is looked into at once.
    pub(crate) async fn give_up(&self, lookup: &Lookup) -> Result<(), persistence::Error> {
        lookups::close(&*self.database.get().await?, lookup).await
    }

    /// Applies the provider's answer, once, whoever else may hold the same answer.
    pub(crate) async fn finish(
        &self,
        operation: &Operation,
        answer: &Answer,
        lookups: &LookupsConfig,
        now: DateTime<Utc>,
    ) -> Result<Finished, Failure> {
        let operation = operation.clone();
        let answer = answer.clone();
        let first_ms = lookups.first_wait_ms;
        self.database
            .transaction(async move |conn| {
                finish(conn, &operation, answer.clone(), first_ms, now).await
            })
            .await
    }

    /// Applies what a look at the provider has shown; what was known before changes nothing.
    pub(crate) async fn observe(
        &self,
        lookup: &Lookup,
        look: &Look,
        config: &LookupsConfig,
        now: DateTime<Utc>,
    ) -> Result<Finished, Failure> {
        let (lookup, look, config) = (lookup.clone(), look.clone(), config.clone());
        self.database
            .transaction(async move |conn| observe(conn, &lookup, look.clone(), &config, now).await)
            .await
    }
}

async fn finish(
    conn: &mut AsyncPgConnection,
    operation: &Operation,
    answer: Answer,
    first_ms: u64,
    now: DateTime<Utc>,
) -> Result<Finished, Failure> {
    let payment = payments::lock(conn, operation.payment_id).await?;
    if !operations::close(conn, operation.id, &answer).await? {
        orphan_intents::suspect(conn, payment.as_ref(), operation.task, &answer).await?;
        return Ok(Finished::Before);
    }
    let payment = payment.ok_or(persistence::Error::NotFound)?;
    let refund = match operation.task {
        Task::Refund(id) => refunds::find(conn, id).await?,
        _ => None,
    };
    let decision = domain::settle(payment, refund, operation.task, answer)?;
    let finished = Finished::of(&decision);
    let watched = watched(&decision);
    let subject = (operation.payment_id, operation.order_id);
    write(conn, decision, subject, false, now).await?;
    if let Some((refund_id, reference)) = watched {
        // News of it may never be told.
        lookups::schedule(conn, operation.payment_id, refund_id, &reference, first_ms).await?;
    }
    Ok(finished)
}

/// What is to be looked at later: a challenge, or a refund that may come back.
fn watched(decision: &Decision) -> Option<(Option<RefundId>, String)> {
    if let Some(refund) = &decision.refund
        && refund.status == RefundStatus::Succeeded
    {
        return Some((Some(refund.id), refund.reference.clone()?));
    }
    let payment = decision.payment.as_ref()?;
    let waits = payment.status == Status::ActionRequired;
    waits
        .then(|| payment.reference.clone())
        .flatten()
        .map(|reference| (None, reference))
}

async fn observe(
    conn: &mut AsyncPgConnection,
    lookup: &Lookup,
    look: Look,
    config: &LookupsConfig,
    now: DateTime<Utc>,
) -> Result<Finished, Failure> {
    let payment = payments::lock(conn, lookup.payment_id).await?;
    let payment = payment.ok_or(persistence::Error::NotFound)?;
    let before = payment.status;
    let (decision, task, watch) = match (look, lookup.refund_id) {
        (Look::Refund(seen), Some(refund_id)) => {
            let refund = refunds::find(conn, refund_id).await?;
            let refund = refund.ok_or(persistence::Error::NotFound)?;
            let was_open = refund.status == RefundStatus::Requested;
            let decision = domain::observe_refund(payment, refund.clone(), &lookup.reference, seen);
            let refund = decision.refund.as_ref().unwrap_or(&refund);
            let watch = domain::watch_refund(refund, config.refund_watched_for(), now);
            let task = was_open.then_some(Task::Refund(refund_id));
            (decision, task, watch)
        }
        (Look::Intent(seen), None) => {
            let decision = domain::observe(payment.clone(), &lookup.reference, seen);
            let payment = decision.payment.as_ref().unwrap_or(&payment);
            let watch = domain::watch(payment, config.held_after(), now);
            let task = (before == Status::Authorizing).then_some(Task::Authorize);
            (decision, task, watch)
        }
        _ => return Err(persistence::Error::NotFound.into()),
    };
    // What an operation was to bring about was seen: it needs no answer any more.
    if let Some(task) = task
        && (decision.payment.is_some() || decision.refund.is_some())
    {
        let done = !decision.is_refusal();
        operations::close_seen(conn, lookup.payment_id, task, done).await?;
    }
    let finished = Finished::of(&decision);
    write(
        conn,
        decision,
        (lookup.payment_id, lookup.order_id),
        false,
        now,
    )
    .await?;
    match watch {
        Some(watch) => {
            let delay_ms = config.wait_ms(watch, lookup.attempt);
            lookups::put_off(conn, lookup, delay_ms, None, 0).await?;
        }
        None => lookups::close(conn, lookup).await?,
    }
    Ok(finished)
}

impl Finished {
    fn of(decision: &Decision) -> Self {
        Self::Applied {
            replies: decision.replies.clone(),
            asked: decision.ask.map(|ask| ask.task),
        }
    }
}

/// Locks these payments until the end of the transaction, in one order for everybody: batches of two
/// replicas never wait for each other in a circle.
pub(crate) async fn lock(
    conn: &mut AsyncPgConnection,
    ids: &[PaymentId],
) -> Result<(), persistence::Error> {
    payments::lock_all(conn, ids).await
}

/// `payment.authorize.v1`, in the consumer's transaction; says what is told for the first time, as the
/// other commands do.
pub(crate) async fn authorize(
    conn: &mut AsyncPgConnection,
    command: &AuthorizePayment,
    now: DateTime<Utc>,
) -> Result<Vec<Reply>, Failure> {
    let existing = payments::lock(conn, command.payment_id).await?;
    let new = existing.is_none();
    let decision = domain::authorize(existing, command, now)?;
    let subject = (command.payment_id, command.order_id);
    let told = first_told(&decision);
    write(conn, decision, subject, new, now).await?;
    Ok(told)
}

/// `payment.void.v1`, in the consumer's transaction.
pub(crate) async fn void(
    conn: &mut AsyncPgConnection,
    command: &VoidPayment,
    now: DateTime<Utc>,
) -> Result<Vec<Reply>, Failure> {
    let existing = payments::lock(conn, command.payment_id).await?;
    let new = existing.is_none();
    let asked = operations::authorization_was_asked(conn, command.payment_id).await?;
    let decision = domain::void(existing, command, asked, now)?;
    let subject = (command.payment_id, command.order_id);
    let told = first_told(&decision);
    write(conn, decision, subject, new, now).await?;
    Ok(told)
}

/// `payment.capture.v1`, in the consumer's transaction.
pub(crate) async fn capture(
    conn: &mut AsyncPgConnection,
    command: &CapturePayment,
    now: DateTime<Utc>,
) -> Result<Vec<Reply>, Failure> {
    let existing = payments::lock(conn, command.payment_id).await?;
    let decision = domain::capture(existing, command)?;
    let subject = (command.payment_id, command.order_id);
    let told = first_told(&decision);
    write(conn, decision, subject, false, now).await?;
    Ok(told)
}

/// `payment.refund.v1`, in the consumer's transaction.
pub(crate) async fn refund(
    conn: &mut AsyncPgConnection,
    command: &RefundPayment,
    now: DateTime<Utc>,
) -> Result<Vec<Reply>, Failure> {
    let existing = payments::lock(conn, command.payment_id).await?;
    let known = refunds::find(conn, command.refund_id).await?;
    let in_flight = refunds::in_flight(conn, command.payment_id).await?;
    let decision = domain::refund(existing, known, in_flight, command, now)?;
    let subject = (command.payment_id, command.order_id);
    let told = first_told(&decision);
    write(conn, decision, subject, false, now).await?;
    Ok(told)
}

/// What is not only said again: something changed with it.
fn first_told(decision: &Decision) -> Vec<Reply> {
    let changed = decision.payment.is_some() || decision.refund.is_some();
    let replies = changed.then(|| decision.replies.clone());
    replies.unwrap_or_default()
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
    let answer = messages(&decision.replies)?.enqueue(conn);
    tokio::try_join!(update, withdraw, ask, book, answer)?;
    Ok(())
}

fn messages(replies: &[Reply]) -> Result<Messages, persistence::Error> {
    let mut messages = Messages::new();
    for reply in replies {
        match reply {
            Reply::Authorized(reply) => messages.add(reply)?,
            Reply::ActionRequired(reply) => messages.add(reply)?,
            Reply::Expired(reply) => messages.add(reply)?,
            Reply::Declined(reply) => messages.add(reply)?,
            Reply::Voided(reply) => messages.add(reply)?,
            Reply::Captured(reply) => messages.add(reply)?,
            Reply::CaptureFailed(reply) => messages.add(reply)?,
            Reply::Refunded(reply) => messages.add(reply)?,
            Reply::RefundFailed(reply) => messages.add(reply)?,
        }
    }
    Ok(messages)
}

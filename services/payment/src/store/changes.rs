//! The changes of several decisions, saved together with one statement per table.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use kernel::{OrderId, PaymentId, RefundId};
use outbox::Messages;
use persistence::Error;

use super::ledger::Booked;
use super::operations::Added;
use super::{ledger, operations, payments, refunds};
use crate::domain::{Decision, Effects, Payment, Refund, Reply};

/// The changes of a transaction.
#[derive(Default)]
pub(crate) struct Changes {
    payments: BTreeMap<PaymentId, Payment>,
    new_payments: BTreeMap<PaymentId, Payment>,
    refunds: BTreeMap<RefundId, Refund>,
    operations: Vec<Added>,
    /// Payments whose authorization is withdrawn.
    withdrawn: Vec<PaymentId>,
    bookings: Vec<Booked>,
    messages: Messages,
    effects: Effects,
}

impl Changes {
    /// Adds a decision about a payment. Its operation and its replies carry the trace of the current span.
    ///
    /// # Errors
    /// A reply cannot be serialized as JSON.
    pub(crate) fn add(
        &mut self,
        (payment_id, order_id): (PaymentId, OrderId),
        decision: Decision,
    ) -> Result<(), Error> {
        for reply in &decision.replies {
            add_reply(&mut self.messages, reply)?;
        }
        if decision.is_change() {
            self.effects.replies.extend(decision.replies);
        }
        if let Some(payment) = decision.payment {
            let is_new = decision.is_new || self.new_payments.contains_key(&payment_id);
            let payments = if is_new {
                &mut self.new_payments
            } else {
                &mut self.payments
            };
            payments.insert(payment_id, payment);
        }
        let refund = decision.refund;
        self.refunds
            .extend(refund.map(|refund| (refund.id, refund)));
        if let Some(operation) = decision.operation {
            self.operations.push(Added::new(payment_id, operation));
            self.effects.has_operations = true;
        }
        if decision.withdraw {
            self.withdrawn.push(payment_id);
        }
        let booked = decision.book;
        self.bookings
            .extend(booked.map(|booking| Booked::new(payment_id, order_id, booking)));
        Ok(())
    }

    /// Writes everything. If another transaction inserts one of the new payments at the same time, the
    /// database rejects this one; when the commands are retried, they find that payment.
    pub(crate) async fn save(
        self,
        conn: &mut AsyncPgConnection,
        now: DateTime<Utc>,
    ) -> Result<Effects, Error> {
        let Self {
            payments,
            new_payments,
            refunds,
            operations,
            withdrawn,
            bookings,
            messages,
            effects,
        } = self;
        payments::insert(conn, new_payments.values(), now).await?;
        refunds::save(conn, refunds.values(), now).await?;
        // The other rows refer to these. Independent statements are pipelined.
        let conn: &AsyncPgConnection = conn;
        let operations = async {
            operations::insert(conn, &operations).await?;
            operations::withdraw_authorizations(conn, &withdrawn).await
        };
        tokio::try_join!(
            payments::update(conn, payments.values(), now),
            operations,
            ledger::book(conn, &bookings, now),
            messages.enqueue(conn),
        )?;
        Ok(effects)
    }
}

fn add_reply(messages: &mut Messages, reply: &Reply) -> Result<(), Error> {
    match reply {
        Reply::Authorized(reply) => messages.add(reply),
        Reply::ActionRequired(reply) => messages.add(reply),
        Reply::Expired(reply) => messages.add(reply),
        Reply::Declined(reply) => messages.add(reply),
        Reply::Voided(reply) => messages.add(reply),
        Reply::Captured(reply) => messages.add(reply),
        Reply::CaptureFailed(reply) => messages.add(reply),
        Reply::Refunded(reply) => messages.add(reply),
        Reply::RefundFailed(reply) => messages.add(reply),
    }
}

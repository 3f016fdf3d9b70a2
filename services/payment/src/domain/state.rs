//! Decides a batch of commands, one after the other, on the state in memory.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use contracts::messages::{AuthorizePayment, CapturePayment, RefundPayment, VoidPayment};
use kernel::{OrderId, PaymentId, RefundId};

use super::command::{authorize, capture, refund, void};
use super::{Decision, Error, Payment, Refund, RefundStatus};

/// A command of the checkout saga.
#[derive(Debug, Clone)]
pub(crate) enum Command {
    Authorize(AuthorizePayment),
    Void(VoidPayment),
    Capture(CapturePayment),
    Refund(RefundPayment),
}

impl Command {
    /// The payment and the order that it is about.
    pub(crate) fn subject(&self) -> (PaymentId, OrderId) {
        match self {
            Self::Authorize(command) => (command.payment_id, command.order_id),
            Self::Void(command) => (command.payment_id, command.order_id),
            Self::Capture(command) => (command.payment_id, command.order_id),
            Self::Refund(command) => (command.payment_id, command.order_id),
        }
    }
}

/// All rows that a batch of commands is about.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The payments of the commands, and others of the same orders.
    pub(crate) payments: HashMap<PaymentId, Payment>,
    /// The refunds of the commands, and others of the same payments that are requested.
    pub(crate) refunds: HashMap<RefundId, Refund>,
    /// The payments whose open authorization a worker has begun.
    pub(crate) attempted: HashSet<PaymentId>,
}

impl State {
    /// Decides a command and applies the decision, so that the next command sees it.
    ///
    /// # Errors
    /// The command does not apply; the state is unchanged.
    pub(crate) fn decide(
        &mut self,
        command: &Command,
        now: DateTime<Utc>,
    ) -> Result<Decision, Error> {
        let (id, order_id) = command.subject();
        let payment = self.payments.get(&id).cloned();
        let decision = match command {
            Command::Authorize(command) => authorize(payment, command, now)?,
            Command::Void(command) => void(payment, command, self.attempted.contains(&id), now)?,
            Command::Capture(command) => capture(payment, command)?,
            Command::Refund(command) => {
                let existing = self.refunds.get(&command.refund_id).cloned();
                refund(payment, existing, self.in_flight(id), command, now)?
            }
        };
        let mut others = self.payments.values();
        if decision.is_new && others.any(|other| other.order_id == order_id) {
            return Err(Error::AnotherPayment(order_id, id));
        }
        let changed = decision.payment.iter().cloned();
        self.payments
            .extend(changed.map(|payment| (payment.id, payment)));
        let changed = decision.refund.iter().cloned();
        self.refunds
            .extend(changed.map(|refund| (refund.id, refund)));
        Ok(decision)
    }

    /// The sum of the payment's refunds that are requested and not settled, in minor units.
    fn in_flight(&self, id: PaymentId) -> i64 {
        let requested = self
            .refunds
            .values()
            .filter(|refund| refund.payment_id == id && refund.status == RefundStatus::Requested);
        requested
            .map(|refund| refund.amount.minor_units())
            .fold(0, i64::saturating_add)
    }
}

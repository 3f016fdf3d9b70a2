//! What each kind of entry shows, and which command follows it.

use contracts::{
    TimelineKind as Kind,
    messages::{
        AuthorizationExpired, CaptureFailed, CommitRefused, Message as _, OrderActionRequired,
        OrderCancelled, OrderConfirmed, OrderDelivered, OrderRefunded, OrderRejected,
        OrderReturnApproved, OrderReturnRefused, OrderReturnRequested, OrderShipped,
        PaymentActionRequired, PaymentAuthorized, PaymentCaptured, PaymentDeclined,
        PaymentRefunded, PaymentVoided, RefundFailed, ReservationCommitted, StockRefused,
        StockReleased, StockReserved,
    },
};

use super::{Builder, Lane, Step, Tone};
use crate::model::TimelineEntry;

impl Builder<'_> {
    pub(super) fn add_kind(&mut self, kind: Kind, entry: &TimelineEntry) {
        match kind {
            Kind::Placed
            | Kind::AskedAgain
            | Kind::StockReserved
            | Kind::StockRefused
            | Kind::ReservationCommitted
            | Kind::CommitRefused
            | Kind::TimedOut
            | Kind::StockReleased
            | Kind::UndoRefused
            | Kind::CartFull => self.add_checkout(kind, entry),
            Kind::PaymentAuthorized
            | Kind::PaymentDeclined
            | Kind::PaymentFailed
            | Kind::PaymentActionRequired
            | Kind::PaymentAbandoned
            | Kind::AuthorizationExpired
            | Kind::PaymentVoided
            | Kind::PaymentCaptured
            | Kind::CaptureFailed => self.add_payment(kind, entry),
            Kind::Confirmed
            | Kind::Rejected
            | Kind::Cancelled
            | Kind::Shipped
            | Kind::Delivered => self.add_status(kind, entry),
            Kind::AskedByOperator
            | Kind::GivenUpByOperator
            | Kind::CancelRequested
            | Kind::ShipmentRequested
            | Kind::RefundRequested
            | Kind::Refunded
            | Kind::RefundFailed
            | Kind::ReturnRequested
            | Kind::ReturnApproved
            | Kind::ReturnRefused
            | Kind::ReturnWithdrawn => self.add_decision(kind, entry),
        }
    }

    fn add_checkout(&mut self, kind: Kind, entry: &TimelineEntry) {
        let at = entry.at;
        match kind {
            Kind::Placed => {
                self.phase("Checkout");
                let label = format!("Place order, {}", self.total);
                self.call(entry, &label, "OrderService/PlaceOrder");
                self.request(at, Step::Reserve);
            }
            Kind::AskedAgain => self.request_again(entry, true),
            Kind::StockReserved => {
                self.reply(
                    entry,
                    Step::Reserve,
                    Tone::Done,
                    "Stock reserved",
                    StockReserved::TYPE,
                );
                self.request(
                    at,
                    if self.is_paid {
                        Step::Authorize
                    } else {
                        Step::Commit
                    },
                );
            }
            Kind::StockRefused => {
                self.reply(
                    entry,
                    Step::Reserve,
                    Tone::Failed,
                    "Not enough stock",
                    StockRefused::TYPE,
                );
            }
            Kind::ReservationCommitted => {
                let name = ReservationCommitted::TYPE;
                self.reply(entry, Step::Commit, Tone::Done, "Stock sold", name);
            }
            Kind::CommitRefused => {
                let label = "Reservation had expired";
                self.reply(
                    entry,
                    Step::Commit,
                    Tone::Failed,
                    label,
                    CommitRefused::TYPE,
                );
                self.undo(entry, Step::Commit);
            }
            Kind::TimedOut => {
                self.note(entry, Lane::Order, Tone::Failed, "No reply: gives up");
                self.undo_pending(entry);
            }
            Kind::StockReleased => {
                let label = "Stock for sale again";
                self.reply(
                    entry,
                    Step::Release,
                    Tone::Undone,
                    label,
                    StockReleased::TYPE,
                );
            }
            Kind::UndoRefused => {
                let lane = Lane::of_service(&entry.service).unwrap_or(Lane::Order);
                self.note(entry, lane, Tone::Failed, "Refused to undo");
            }
            _ => self.note(entry, Lane::Order, Tone::Plain, &entry.message),
        }
    }

    fn add_payment(&mut self, kind: Kind, entry: &TimelineEntry) {
        let at = entry.at;
        match kind {
            Kind::PaymentAuthorized => {
                let name = PaymentAuthorized::TYPE;
                self.reply(entry, Step::Authorize, Tone::Done, "Authorized", name);
                self.request(
                    at,
                    if self.has_expired {
                        Step::Void
                    } else {
                        Step::Commit
                    },
                );
            }
            Kind::PaymentDeclined => {
                let label = match self.decline_code {
                    Some(code) => format!("Declined: {}", code.replace('_', " ")),
                    None => "Declined".to_owned(),
                };
                self.reply(
                    entry,
                    Step::Authorize,
                    Tone::Failed,
                    &label,
                    PaymentDeclined::TYPE,
                );
                self.request(at, Step::Release);
            }
            Kind::PaymentFailed => {
                let label = "Request rejected";
                self.reply(
                    entry,
                    Step::Authorize,
                    Tone::Failed,
                    label,
                    PaymentDeclined::TYPE,
                );
                self.request(at, Step::Release);
            }
            Kind::PaymentActionRequired => {
                let name = PaymentActionRequired::TYPE;
                let asked = self
                    .pending
                    .filter(|pending| pending.step == Step::Authorize);
                let answers = asked.map(|pending| (pending.step, pending.sent));
                let label = "Bank asks for 3-D Secure";
                self.event(entry, Lane::Payment, Tone::Plain, label, name, answers);
                if !self.is_action_announced {
                    self.is_action_announced = true;
                    let label = "Confirm the payment";
                    self.announce(entry, label, OrderActionRequired::TYPE);
                }
            }
            Kind::PaymentAbandoned => {
                self.note(entry, Lane::Order, Tone::Failed, "Not confirmed in time");
                self.undo_pending(entry);
            }
            Kind::AuthorizationExpired => {
                self.has_expired = true;
                let cancels = self.is_confirmed && self.pending.is_none();
                if cancels {
                    self.phase("Authorization expired");
                }
                let name = AuthorizationExpired::TYPE;
                let label = "Authorization expired";
                self.event(entry, Lane::Payment, Tone::Failed, label, name, None);
                if cancels {
                    self.undo(entry, Step::Capture);
                }
            }
            Kind::PaymentVoided => {
                self.reply(
                    entry,
                    Step::Void,
                    Tone::Undone,
                    "Payment voided",
                    PaymentVoided::TYPE,
                );
                self.request(at, Step::Release);
            }
            Kind::PaymentCaptured => {
                self.reply(
                    entry,
                    Step::Capture,
                    Tone::Done,
                    "Captured",
                    PaymentCaptured::TYPE,
                );
            }
            _ => {
                let label = "Capture failed";
                self.reply(
                    entry,
                    Step::Capture,
                    Tone::Failed,
                    label,
                    CaptureFailed::TYPE,
                );
                if self.has_expired {
                    self.undo(entry, Step::Capture);
                }
            }
        }
    }

    fn add_status(&mut self, kind: Kind, entry: &TimelineEntry) {
        match kind {
            Kind::Confirmed => {
                self.is_confirmed = true;
                self.milestone(entry, Tone::Done);
                self.announce(entry, "Confirmed", OrderConfirmed::TYPE);
                if self.has_expired {
                    self.undo(entry, Step::Capture);
                }
            }
            Kind::Rejected => {
                self.milestone(entry, Tone::Failed);
                self.announce(entry, "Rejected", OrderRejected::TYPE);
            }
            Kind::Cancelled => {
                self.milestone(entry, Tone::Undone);
                self.announce(entry, "Canceled", OrderCancelled::TYPE);
            }
            Kind::Shipped => {
                if !self.is_in("Shipment") {
                    self.phase("Shipment");
                    self.staff(entry, "Staff: ship it", "OrderService/ShipOrder");
                }
                self.milestone(entry, Tone::Done);
                self.announce(entry, "Shipped", OrderShipped::TYPE);
            }
            _ => {
                self.phase("Delivery");
                self.staff(entry, "Staff: delivered", "OrderService/DeliverOrder");
                self.milestone(entry, Tone::Done);
                self.announce(entry, "Delivered", OrderDelivered::TYPE);
            }
        }
    }

    fn add_decision(&mut self, kind: Kind, entry: &TimelineEntry) {
        let at = entry.at;
        match kind {
            Kind::AskedByOperator => {
                self.staff(entry, "Operator: try again", "SagaService/RetrySaga");
                self.request_again(entry, false);
            }
            Kind::GivenUpByOperator => {
                self.staff(entry, "Operator: give up", "SagaService/CompensateSaga");
                self.undo_pending(entry);
            }
            Kind::CancelRequested => {
                self.phase("Cancellation");
                let name = "OrderService/CancelOrder";
                match entry.message.ends_with("by staff") {
                    true => self.staff(entry, "Staff: cancel it", name),
                    false => self.call(entry, "Cancel order", name),
                }
                match self.pending {
                    Some(_) => self.undo_pending(entry),
                    None => self.undo(entry, Step::Capture),
                }
            }
            Kind::ShipmentRequested => {
                self.phase("Shipment");
                self.staff(entry, "Staff: ship it", "OrderService/ShipOrder");
                self.request(at, Step::Capture);
            }
            Kind::RefundRequested => self.refund_requested(entry),
            Kind::Refunded => {
                self.refund_reply(entry, Tone::Done, PaymentRefunded::TYPE);
                self.announce(entry, "Refunded", OrderRefunded::TYPE);
            }
            Kind::RefundFailed => self.refund_reply(entry, Tone::Failed, RefundFailed::TYPE),
            Kind::ReturnRequested => {
                self.phase("Return");
                self.last_return = Some(at);
                self.call(entry, "Ask for a return", "ReturnService/RequestReturn");
                self.announce(entry, "Return requested", OrderReturnRequested::TYPE);
            }
            Kind::ReturnApproved => {
                self.phase("Return");
                match self.last_return == Some(at) {
                    true => self.note(entry, Lane::Order, Tone::Done, "Approved automatically"),
                    false => self.staff(entry, "Staff: approve", "ReturnService/ApproveReturn"),
                }
                self.last_return = Some(at);
                self.announce(entry, "Return approved", OrderReturnApproved::TYPE);
            }
            Kind::ReturnRefused => {
                self.phase("Return");
                self.staff(entry, "Staff: refuse", "ReturnService/RefuseReturn");
                self.announce(entry, "Return refused", OrderReturnRefused::TYPE);
            }
            _ => self.call(entry, "Withdraw the return", "ReturnService/WithdrawReturn"),
        }
    }

    /// A refund that a return grants has the return's time.
    fn refund_requested(&mut self, entry: &TimelineEntry) {
        if self.last_return != Some(entry.at) {
            self.phase("Refund");
            self.staff(entry, "Staff: refund", "OrderService/RequestRefund");
        }
        self.refunds.push(entry.at);
        let step = Step::Refund;
        let label = step.label().to_owned();
        self.command(entry.at, step, Tone::Plain, label, entry.message.clone());
    }

    /// Which of several open refunds is answered is not recorded, so there is no duration then.
    fn refund_reply(&mut self, entry: &TimelineEntry, tone: Tone, name: &str) {
        let answers = match self.refunds.as_slice() {
            [only] => Some((Step::Refund, *only)),
            _ => None,
        };
        self.refunds.pop();
        self.event(entry, Lane::Payment, tone, &entry.message, name, answers);
    }

    /// Undoes what was done before `step`, which failed.
    fn undo(&mut self, entry: &TimelineEntry, step: Step) {
        self.request(entry.at, step.undo(self.is_paid));
    }

    /// Undoes the awaited step too: the participant may have done it.
    fn undo_pending(&mut self, entry: &TimelineEntry) {
        if let Some(pending) = self.pending.take() {
            self.undo(entry, pending.step);
        }
    }
}

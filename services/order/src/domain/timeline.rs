use contracts::TimelineKind;
use kernel::Money;

use super::event::Event;
use super::order::CancelReason;
use crate::saga::Step;

/// A row of an order's timeline. No personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The service that acted.
    pub(crate) service: &'static str,
    /// What happened.
    pub(crate) kind: TimelineKind,
    /// The same as a sentence.
    pub(crate) message: String,
}

/// Further attempts have no row.
const MAX_ATTEMPTS_SHOWN: u32 = 5;

/// The row of an event; some have none.
pub(crate) fn timeline_entry(event: &Event) -> Option<Entry> {
    let (service, kind, message) = match event {
        Event::Placed => ("order", TimelineKind::Placed, "Order placed".to_owned()),
        Event::Requested { attempt: 1, .. } | Event::Failed(_) | Event::CardDeclined { .. } => {
            return None;
        }
        Event::Requested { attempt, .. } if *attempt > MAX_ATTEMPTS_SHOWN => return None,
        Event::Requested { step, attempt } => {
            let (service, _) = participant(*step);
            (
                "order",
                TimelineKind::AskedAgain,
                format!(
                    "No reply from {service} to {}: requested again, attempt {attempt}",
                    name(*step)
                ),
            )
        }
        Event::Done(step) => {
            let (service, kind) = participant(*step);
            (service, kind, done(*step).to_owned())
        }
        Event::Refused { step, reason } => refused(*step, reason),
        Event::PaymentFailed(code) => (
            "payment",
            TimelineKind::PaymentFailed,
            format!(
                "The shop could not request the payment ({}); the card was not declined",
                code.replace('_', " ")
            ),
        ),
        Event::GivenUp(step) => {
            let (service, _) = participant(*step);
            (
                "order",
                TimelineKind::TimedOut,
                format!(
                    "No reply from {service} to {}: undoing the order",
                    name(*step)
                ),
            )
        }
        Event::ActionRequired { .. } => (
            "payment",
            TimelineKind::PaymentActionRequired,
            "The bank asks the customer to confirm the payment".to_owned(),
        ),
        Event::AuthorizationExpired { late } => {
            let message = match late {
                false => "The authorization has expired",
                true => "The authorization has expired, which no longer changes the order",
            };
            (
                "payment",
                TimelineKind::AuthorizationExpired,
                message.to_owned(),
            )
        }
        Event::Abandoned(_) => (
            "order",
            TimelineKind::PaymentAbandoned,
            "The payment was not confirmed in time: undoing the order".to_owned(),
        ),
        Event::RetriedByOperator(step) => {
            let (service, _) = participant(*step);
            let message = format!("An operator requested {} from {service} again", name(*step));
            ("order", TimelineKind::AskedByOperator, message)
        }
        Event::CompensatedByOperator(_) => (
            "order",
            TimelineKind::GivenUpByOperator,
            "Given up by an operator: undoing the order".to_owned(),
        ),
        // The expiry has its own row.
        Event::CancelRequested(CancelReason::AuthorizationExpired) => return None,
        Event::CancelRequested(by) => (
            "order",
            TimelineKind::CancelRequested,
            format!("Cancellation requested {}", by.as_str().replace('_', " ")),
        ),
        // It is shipped at once, which has its own row.
        Event::ShipmentRequested { capture: false, .. } => return None,
        Event::ShipmentRequested { .. } => (
            "order",
            TimelineKind::ShipmentRequested,
            "Handed to the carrier, payment is being captured".to_owned(),
        ),
        Event::Confirmed => (
            "order",
            TimelineKind::Confirmed,
            "Order confirmed".to_owned(),
        ),
        Event::Rejected(reason) => (
            "order",
            TimelineKind::Rejected,
            format!("Order rejected: {}", reason.as_str().replace('_', " ")),
        ),
        Event::Cancelled(CancelReason::AuthorizationExpired) => (
            "order",
            TimelineKind::Cancelled,
            "Order cancelled: payment expired".to_owned(),
        ),
        Event::Cancelled(by) => (
            "order",
            TimelineKind::Cancelled,
            format!("Order cancelled {}", by.as_str().replace('_', " ")),
        ),
        Event::Shipped => ("order", TimelineKind::Shipped, "Order shipped".to_owned()),
        Event::Delivered => (
            "order",
            TimelineKind::Delivered,
            "Order delivered".to_owned(),
        ),
        Event::RefundRequested(refund) if !refund.is_new() => return None,
        Event::RefundRequested(refund) => (
            "order",
            TimelineKind::RefundRequested,
            format!("Refund of {} requested", refund.amount),
        ),
        Event::Refunded(refund) => (
            "payment",
            TimelineKind::Refunded,
            format!("{} refunded", refund.amount),
        ),
        Event::RefundFailed { refund, code } => (
            "payment",
            TimelineKind::RefundFailed,
            refund_failed(&refund.amount, code),
        ),
        Event::ReturnRequested(_) => (
            "order",
            TimelineKind::ReturnRequested,
            "Return requested".to_owned(),
        ),
        Event::ReturnApproved {
            amount, automatic, ..
        } => (
            "order",
            TimelineKind::ReturnApproved,
            match automatic {
                true => format!("Return approved automatically: {amount}"),
                false => format!("Return approved: {amount}"),
            },
        ),
        Event::ReturnRefused(_) => (
            "order",
            TimelineKind::ReturnRefused,
            "Return refused".to_owned(),
        ),
        Event::ReturnWithdrawn(_) => (
            "order",
            TimelineKind::ReturnWithdrawn,
            "Return withdrawn".to_owned(),
        ),
        Event::RefundsRetriedByOperator(refunds) => (
            "order",
            TimelineKind::AskedByOperator,
            format!(
                "An operator requested {} refunds from payment again",
                refunds.len()
            ),
        ),
    };
    Some(Entry {
        service,
        kind,
        message,
    })
}

/// The row of a rejected order whose lines did not all fit into the cart again.
pub(crate) fn left_out_entry(units: u32) -> Entry {
    Entry {
        service: "order",
        kind: TimelineKind::CartFull,
        message: format!("The cart was too full to take {units} units back"),
    }
}

/// `code` is the payment provider's; `unknown` if it gave none.
fn refund_failed(amount: &Money, code: &str) -> String {
    match code {
        "" | "unknown" => {
            format!("Refund of {amount} failed; the payment provider gave no reason")
        }
        code => format!("Refund of {amount} failed: {}", code.replace('_', " ")),
    }
}

/// The service that does a step, and the kind of the row when it is done.
fn participant(step: Step) -> (&'static str, TimelineKind) {
    match step {
        Step::Reserve => ("catalog", TimelineKind::StockReserved),
        Step::Authorize => ("payment", TimelineKind::PaymentAuthorized),
        Step::Commit => ("catalog", TimelineKind::ReservationCommitted),
        Step::Capture => ("payment", TimelineKind::PaymentCaptured),
        Step::Void => ("payment", TimelineKind::PaymentVoided),
        Step::Release => ("catalog", TimelineKind::StockReleased),
    }
}

/// The name of a step in a sentence.
fn name(step: Step) -> &'static str {
    match step {
        Step::Reserve => "the reservation",
        Step::Authorize => "the authorization",
        Step::Commit => "the commit",
        Step::Capture => "the capture",
        Step::Void => "the void",
        Step::Release => "the release",
    }
}

fn done(step: Step) -> &'static str {
    match step {
        Step::Reserve => "Stock reserved",
        Step::Authorize => "Payment authorized",
        Step::Commit => "Stock committed",
        Step::Capture => "Payment captured",
        Step::Void => "Payment voided",
        Step::Release => "Stock released",
    }
}

fn refused(step: Step, reason: &str) -> (&'static str, TimelineKind, String) {
    let (service, _) = participant(step);
    match step {
        Step::Reserve => (
            service,
            TimelineKind::StockRefused,
            format!("Not enough stock: {reason}"),
        ),
        Step::Authorize => (
            service,
            TimelineKind::PaymentDeclined,
            format!("Payment declined: {}", reason.replace('_', " ")),
        ),
        Step::Commit => (
            service,
            TimelineKind::CommitRefused,
            format!("Stock not committed: {reason}"),
        ),
        Step::Capture => (
            service,
            TimelineKind::CaptureFailed,
            format!(
                "Payment could not be captured: {}",
                reason.replace('_', " ")
            ),
        ),
        Step::Void | Step::Release => (service, TimelineKind::UndoRefused, reason.to_owned()),
    }
}

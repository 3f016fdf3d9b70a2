//! The words of the console for what the services name.

use crate::model::{OrderPart, PaymentStatus, RefundStatus, ReturnReason, ReturnStatus, SagaState};

/// A part of an order's page.
pub(crate) const fn part(part: &OrderPart) -> &'static str {
    match part {
        OrderPart::Payment => "the payment",
        OrderPart::Returns => "the returns",
        OrderPart::Timeline => "the timeline",
        OrderPart::Products => "the products",
    }
}

/// The status of a payment.
pub(crate) const fn payment(status: &PaymentStatus) -> &'static str {
    match status {
        PaymentStatus::Authorizing => "Authorizing",
        PaymentStatus::Authorized => "Authorized",
        PaymentStatus::Declined => "Declined",
        PaymentStatus::Voided => "Voided",
        PaymentStatus::Captured => "Captured",
        PaymentStatus::ActionRequired => "Waits for the customer's bank",
        PaymentStatus::Expired => "Authorization expired",
    }
}

/// The status of a refund.
pub(crate) const fn refund(status: &RefundStatus) -> &'static str {
    match status {
        RefundStatus::Requested => "requested",
        RefundStatus::Succeeded => "done",
        RefundStatus::Failed => "failed",
    }
}

/// The status of a return.
pub(crate) const fn returned(status: &ReturnStatus) -> &'static str {
    match status {
        ReturnStatus::Requested => "Open",
        ReturnStatus::Approved => "Approved",
        ReturnStatus::Refused => "Refused",
        ReturnStatus::Withdrawn => "Withdrawn",
    }
}

/// The class of a return's status in style sheets.
pub(crate) const fn returned_class(status: &ReturnStatus) -> &'static str {
    match status {
        ReturnStatus::Requested => "action",
        ReturnStatus::Approved => "ok",
        ReturnStatus::Refused => "failed",
        ReturnStatus::Withdrawn => "cancelled",
    }
}

/// Why a customer returns something.
pub(crate) const fn reason(reason: &ReturnReason) -> &'static str {
    match reason {
        ReturnReason::Damaged => "It arrived damaged",
        ReturnReason::Defective => "It does not work",
        ReturnReason::WrongItem => "Something else was in the parcel",
        ReturnReason::NotAsDescribed => "It differs from its description",
        ReturnReason::NotArrived => "The parcel did not arrive",
        ReturnReason::ChangedMind => "They do not want it",
        ReturnReason::Other => "Another reason",
    }
}

/// The state of a saga, and its class in style sheets.
pub(crate) const fn saga(state: &SagaState) -> (&'static str, &'static str) {
    match state {
        SagaState::InFlight => ("In flight", "pending"),
        SagaState::Stuck => ("Stuck", "failed"),
        SagaState::Compensating => ("Compensating", "warning"),
        SagaState::Idle => ("Idle", "ok"),
    }
}

//! Decides commands. A repeated command has the same reply and no second effect.

use chrono::{DateTime, Utc};
use contracts::messages::{
    AuthorizePayment, CaptureFailed, CapturePayment, PaymentDeclined, RefundFailed, RefundPayment,
    VoidPayment,
};

use super::settle::EXPIRED;
use super::{Decision, Error, Payment, Refund, RefundStatus, Reply, Status, Task, Terms};

/// The code of a payment that was voided before or while it was authorized.
const VOIDED: &str = "voided";

/// Authorizes the amount.
pub(crate) fn authorize(
    existing: Option<Payment>,
    command: &AuthorizePayment,
    now: DateTime<Utc>,
) -> Result<Decision, Error> {
    let terms = Terms {
        customer_id: command.customer_id,
        amount: command.amount,
        payment_method: command.payment_method.clone(),
    };
    let Some(payment) = existing else {
        return Ok(begin(terms, command, now));
    };
    check_order(&payment, command.order_id)?;
    if payment
        .terms
        .as_ref()
        .is_some_and(|before| *before != terms)
    {
        return Err(Error::OtherTerms(payment.id));
    }
    let decision = match payment.status {
        Status::Voided => Decision::reply(payment.reply_declined(VOIDED)),
        Status::Authorizing | Status::ActionRequired | Status::Authorized
            if payment.void_requested =>
        {
            Decision::reply(payment.reply_declined(VOIDED))
        }
        Status::Authorizing => Decision::nothing(),
        Status::ActionRequired => {
            let url = payment.redirect_url.as_deref().unwrap_or_default();
            Decision::reply(payment.reply_action_required(url))
        }
        Status::Expired => Decision::reply(payment.reply_declined(EXPIRED)),
        Status::Authorized | Status::Captured => {
            Decision::reply(payment.reply_authorized(terms.amount))
        }
        Status::Declined => {
            let code = payment.decline_code.as_deref().unwrap_or_default();
            Decision::reply(payment.reply_declined(code))
        }
    };
    Ok(decision)
}

fn begin(terms: Terms, command: &AuthorizePayment, now: DateTime<Utc>) -> Decision {
    let amount = terms.amount;
    if amount.is_zero() || amount.is_negative() {
        return Decision::reply(Reply::Declined(PaymentDeclined {
            order_id: command.order_id,
            payment_id: command.payment_id,
            code: "amount_invalid".to_owned(),
            request_rejected: true,
            card_fingerprint: None,
        }));
    }
    let payment = Payment::new(
        command.payment_id,
        command.order_id,
        Some(terms),
        Status::Authorizing,
        now,
    );
    Decision {
        is_new: true,
        ..Decision::changed(payment).and_call(Task::Authorize, amount)
    }
}

/// Voids the payment. `attempted`: a worker has begun the authorization.
pub(crate) fn void(
    existing: Option<Payment>,
    command: &VoidPayment,
    attempted: bool,
    now: DateTime<Utc>,
) -> Result<Decision, Error> {
    let Some(mut payment) = existing else {
        let (id, order_id) = (command.payment_id, command.order_id);
        let tombstone = Payment::new(id, order_id, None, Status::Voided, now);
        let reply = tombstone.reply_voided();
        return Ok(Decision {
            is_new: true,
            ..Decision::changed(tombstone).and_reply(reply)
        });
    };
    check_order(&payment, command.order_id)?;
    match payment.status {
        Status::Voided | Status::Declined | Status::Expired => {
            Ok(Decision::reply(payment.reply_voided()))
        }
        Status::Captured => Err(Error::TooLateToVoid(payment.id, "captured")),
        Status::Authorized if payment.capture_requested => {
            Err(Error::TooLateToVoid(payment.id, "being captured"))
        }
        Status::Authorizing | Status::ActionRequired | Status::Authorized
            if payment.void_requested =>
        {
            Ok(Decision::nothing())
        }
        Status::Authorizing if attempted => {
            payment.void_requested = true;
            Ok(Decision::changed(payment))
        }
        Status::Authorizing => {
            payment.void_requested = true;
            payment.status = Status::Voided;
            let reply = payment.reply_voided();
            Ok(Decision {
                withdraw: true,
                ..Decision::changed(payment).and_reply(reply)
            })
        }
        // The provider cancels a challenge like an authorization.
        Status::ActionRequired | Status::Authorized => {
            payment.void_requested = true;
            Ok(changed_with_call(payment, Task::Void))
        }
    }
}

/// Captures the authorized amount.
pub(crate) fn capture(
    existing: Option<Payment>,
    command: &CapturePayment,
) -> Result<Decision, Error> {
    let Some(mut payment) = existing else {
        return Ok(Decision::reply(Reply::CaptureFailed(CaptureFailed {
            order_id: command.order_id,
            payment_id: command.payment_id,
            code: "payment_not_found".to_owned(),
            shipment: command.shipment,
        })));
    };
    check_order(&payment, command.order_id)?;
    let failed = |code: &str| {
        Ok(Decision::reply(
            payment.reply_capture_failed(command.shipment, code),
        ))
    };
    match (payment.status, &payment.capture_code) {
        (Status::Authorizing | Status::ActionRequired, _) => failed("not_authorized"),
        (Status::Declined, _) => failed("declined"),
        (Status::Voided, code) => failed(code.as_deref().unwrap_or(VOIDED)),
        (Status::Expired, code) => failed(code.as_deref().unwrap_or(EXPIRED)),
        (Status::Captured, _) => match payment.amount() {
            Some(amount) => Ok(Decision::reply(payment.reply_captured(amount))),
            None => failed("not_authorized"),
        },
        (Status::Authorized, _) if payment.void_requested => failed(VOIDED),
        (Status::Authorized, _) if payment.capture_requested => Ok(Decision::nothing()),
        // Late or repeated: the sender already has the reply that this capture failed, so it must not succeed now.
        (Status::Authorized, Some(code)) if command.shipment <= payment.shipment => failed(code),
        (Status::Authorized, _) => {
            payment.capture_requested = true;
            payment.capture_code = None;
            payment.shipment = command.shipment;
            Ok(changed_with_call(payment, Task::Capture))
        }
    }
}

/// Refunds an amount. `existing_refund` has the id of the command; `in_flight` is the sum of the payment's
/// refunds that are requested and not settled, in minor units.
pub(crate) fn refund(
    existing: Option<Payment>,
    existing_refund: Option<Refund>,
    in_flight: i64,
    command: &RefundPayment,
    now: DateTime<Utc>,
) -> Result<Decision, Error> {
    let Some(payment) = existing else {
        return Ok(Decision::reply(Reply::RefundFailed(RefundFailed {
            order_id: command.order_id,
            payment_id: command.payment_id,
            refund_id: command.refund_id,
            code: "payment_not_found".to_owned(),
        })));
    };
    check_order(&payment, command.order_id)?;
    if let Some(refund) = existing_refund {
        if refund.payment_id != payment.id || refund.amount != command.amount {
            return Err(Error::OtherRefund(refund.id));
        }
        return Ok(match &refund.status {
            RefundStatus::Requested => Decision::nothing(),
            RefundStatus::Succeeded => Decision::reply(payment.reply_refunded(&refund)),
            RefundStatus::Failed(code) => {
                Decision::reply(payment.reply_refund_failed(&refund, code))
            }
        });
    }
    if command.amount.is_zero() || command.amount.is_negative() {
        return Err(Error::NothingToRefund(command.refund_id));
    }
    let mut refund = Refund {
        id: command.refund_id,
        payment_id: payment.id,
        amount: command.amount,
        status: RefundStatus::Requested,
        reference: None,
        created_at: now,
    };
    if let Err(code) = refundable(&payment, in_flight, command) {
        refund.status = RefundStatus::Failed(code.to_owned());
        let reply = payment.reply_refund_failed(&refund, code);
        return Ok(Decision::reply(reply).and_refund(refund));
    }
    let (task, amount) = (Task::Refund(refund.id), refund.amount);
    Ok(Decision::default()
        .and_refund(refund)
        .and_call(task, amount))
}

/// Whether the amount can be refunded; else the code of the refusal.
fn refundable(
    payment: &Payment,
    in_flight: i64,
    command: &RefundPayment,
) -> Result<(), &'static str> {
    let captured = match payment.amount() {
        Some(amount) if payment.status == Status::Captured => amount,
        _ => return Err("not_captured"),
    };
    if captured.currency() != command.amount.currency() {
        return Err("currency_mismatch");
    }
    let refunded = payment.refunded.saturating_add(in_flight);
    let left = captured.minor_units().saturating_sub(refunded);
    if command.amount.minor_units() > left {
        return Err("amount_too_large");
    }
    Ok(())
}

fn check_order(payment: &Payment, order_id: kernel::OrderId) -> Result<(), Error> {
    if payment.order_id == order_id {
        Ok(())
    } else {
        Err(Error::AnotherOrder(payment.id, order_id))
    }
}

/// The payment changes, and the provider is called for its full amount.
fn changed_with_call(payment: Payment, task: Task) -> Decision {
    let amount = payment.amount();
    let decision = Decision::changed(payment);
    match amount {
        Some(amount) => decision.and_call(task, amount),
        None => decision,
    }
}

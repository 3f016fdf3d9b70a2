//! The transitions of intents and refunds. Each one stores the object and emits its events.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use crate::cards::{self, ChargeOutcome};
use crate::error::ApiError;
use crate::model::{Intent, Refund, RefundStatus, Status};
use crate::store::{Store, Timer, Transaction};

/// How a challenge ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChallengeOutcome {
    /// The customer is authenticated.
    Succeed,
    /// Authentication failed.
    Fail,
}

/// Charges the card. With `no_challenge`, a required challenge is a decline.
///
/// # Errors
/// A decline; it has changed the intent, so the caller must commit.
pub(crate) fn charge(
    transaction: &mut Transaction<'_>,
    intent: &mut Intent,
    no_challenge: bool,
) -> Result<(), ApiError> {
    let method = intent
        .payment_method
        .as_deref()
        .ok_or_else(|| ApiError::missing("payment_method"))?;
    let charged = cards::charge(method)?;
    if transaction.faults()?.decline_all {
        return decline(transaction, intent, cards::declined());
    }
    match charged {
        ChargeOutcome::Approved => authorize(transaction, intent),
        ChargeOutcome::ChallengeRequired if !no_challenge => challenge(transaction, intent),
        ChargeOutcome::ChallengeRequired => {
            decline(transaction, intent, cards::authentication_required())
        }
        ChargeOutcome::Declined(error) => decline(transaction, intent, error),
    }
}

/// Ends a challenge. A payment that fails here is not an error of the request.
pub(crate) fn authenticate(
    transaction: &mut Transaction<'_>,
    intent: &mut Intent,
    outcome: ChallengeOutcome,
) -> Result<(), ApiError> {
    if intent.status != Status::RequiresAction {
        return Err(unexpected_state(intent, "authenticate"));
    }
    let method = intent.payment_method.as_deref().unwrap_or_default();
    let charged = match outcome {
        ChallengeOutcome::Succeed => cards::charge_authenticated(method),
        ChallengeOutcome::Fail => Err(cards::authentication_failed()),
    };
    match charged {
        Ok(()) => authorize(transaction, intent),
        Err(error) => {
            decline(transaction, intent, error).ok();
            Ok(())
        }
    }
}

fn challenge(transaction: &mut Transaction<'_>, intent: &mut Intent) -> Result<(), ApiError> {
    intent.status = Status::RequiresAction;
    intent.last_payment_error = None;
    intent.next_action = Some(match &intent.return_url {
        Some(return_url) => json!({
            "type": "redirect_to_url",
            "redirect_to_url": {
                "return_url": return_url,
                "url": format!("{}/3ds/{}", transaction.behavior().public_url, intent.id),
            },
        }),
        None => json!({ "type": "use_stripe_sdk", "use_stripe_sdk": {} }),
    });
    publish(transaction, intent, "payment_intent.requires_action")
}

fn authorize(transaction: &mut Transaction<'_>, intent: &mut Intent) -> Result<(), ApiError> {
    intent.charge = Some(Store::new_id("ch"));
    intent.last_payment_error = None;
    intent.next_action = None;
    if !intent.capture_manually {
        return collect(transaction, intent, intent.amount);
    }
    intent.status = Status::RequiresCapture;
    transaction.schedule(
        transaction.behavior().authorization_lifetime,
        &Timer::Expire(intent.id.clone()),
    )?;
    publish(
        transaction,
        intent,
        "payment_intent.amount_capturable_updated",
    )
}

fn collect(
    transaction: &mut Transaction<'_>,
    intent: &mut Intent,
    amount: i64,
) -> Result<(), ApiError> {
    intent.received = amount;
    intent.status = Status::Succeeded;
    publish(transaction, intent, "payment_intent.succeeded")
}

fn decline(
    transaction: &mut Transaction<'_>,
    intent: &mut Intent,
    error: ApiError,
) -> Result<(), ApiError> {
    let error = match intent.payment_method.take() {
        Some(method) => error.with_method(cards::payment_method(&method)),
        None => error,
    };
    intent.status = Status::RequiresPaymentMethod;
    intent.last_payment_error = Some(error.fields());
    intent.next_action = None;
    publish(transaction, intent, "payment_intent.payment_failed")?;
    Err(error)
}

/// Captures the authorized amount or a part of it; the rest is released.
pub(crate) fn capture(
    transaction: &mut Transaction<'_>,
    intent: &mut Intent,
    requested: Option<i64>,
) -> Result<(), ApiError> {
    if intent.status != Status::RequiresCapture {
        return Err(unexpected_state(intent, "capture"));
    }
    let amount = requested.unwrap_or(intent.amount);
    if amount > intent.amount {
        return Err(ApiError::parameter(
            "amount_too_large",
            "amount_to_capture",
            "The amount to capture is larger than the amount that can be captured.",
        ));
    }
    let method = intent.payment_method.as_deref().unwrap_or_default();
    if let Err(error) = cards::capture(method, intent.failed_captures) {
        intent.failed_captures = intent.failed_captures.saturating_add(1);
        return Err(error);
    }
    collect(transaction, intent, amount)
}

/// Cancels an intent that is not in a final state.
pub(crate) fn cancel(
    transaction: &mut Transaction<'_>,
    intent: &mut Intent,
    reason: Option<&str>,
) -> Result<(), ApiError> {
    if matches!(intent.status, Status::Canceled | Status::Succeeded) {
        return Err(unexpected_state(intent, "cancel"));
    }
    let now: DateTime<Utc> = transaction.now();
    intent.status = Status::Canceled;
    intent.next_action = None;
    intent.cancellation_reason = reason.map(str::to_owned);
    intent.canceled_at = Some(now.timestamp());
    publish(transaction, intent, "payment_intent.canceled")
}

/// Expires an authorization, as card networks do after some days.
pub(crate) fn expire(
    transaction: &mut Transaction<'_>,
    intent: &mut Intent,
) -> Result<(), ApiError> {
    if intent.status != Status::RequiresCapture {
        return Err(unexpected_state(intent, "expire"));
    }
    cancel(transaction, intent, Some("automatic"))
}

/// Refunds captured money.
pub(crate) fn refund(
    transaction: &mut Transaction<'_>,
    intent: &mut Intent,
    refund: &mut Refund,
) -> Result<(), ApiError> {
    let method = intent.payment_method.as_deref().unwrap_or_default();
    (refund.status, refund.later) = cards::refund(method);
    intent.refunded += refund.amount;
    intent.refunds.push(refund.id.clone());
    if refund.later.is_some() {
        let timer = Timer::Settle(refund.id.clone());
        transaction.schedule(transaction.behavior().refund_delay, &timer)?;
    }
    transaction.put_intent(intent)?;
    transaction.put_refund(refund)?;
    transaction.emit("refund.created", refund.view())?;
    transaction.emit("charge.refunded", intent.charge_view())
}

/// Gives a refund its final status.
///
/// # Errors
/// The refund has it already.
pub(crate) fn settle(
    transaction: &mut Transaction<'_>,
    refund: &mut Refund,
) -> Result<(), ApiError> {
    let Some(status) = refund.later.take() else {
        return Err(ApiError::state(
            "refund_unexpected_state",
            "This refund has its final status.",
        ));
    };
    refund.status = status;
    transaction.put_refund(refund)?;
    transaction.emit("refund.updated", refund.view())?;
    if status == RefundStatus::Failed {
        let mut intent = transaction.intent(&refund.payment_intent)?;
        intent.refunded -= refund.amount;
        transaction.put_intent(&intent)?;
        transaction.emit("refund.failed", refund.view())?;
    }
    Ok(())
}

/// Stores the intent and emits the event.
fn publish(
    transaction: &mut Transaction<'_>,
    intent: &Intent,
    event: &str,
) -> Result<(), ApiError> {
    transaction.put_intent(intent)?;
    transaction.emit(event, intent.view())
}

pub(crate) fn unexpected_state(intent: &Intent, verb: &str) -> ApiError {
    ApiError::state(
        "payment_intent_unexpected_state",
        format!(
            "You cannot {verb} this PaymentIntent because it has a status of {}.",
            intent.status.name()
        ),
    )
    .with_intent(intent.view())
}

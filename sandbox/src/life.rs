//! The lives of intents and refunds: every step, with the events that tell of it.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use crate::book::{Book, Page, Timer};
use crate::cards::{self, Verdict};
use crate::error::ApiError;
use crate::model::{Intent, Refund, RefundStatus, Status};

/// How a challenge ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// The customer proved who they are.
    Succeed,
    /// They did not.
    Fail,
}

/// Asks the card's issuer, and moves the intent on. A declined one is kept, and the error says so.
pub(crate) fn charge(
    page: &mut Page<'_>,
    intent: &mut Intent,
    no_challenge: bool,
) -> Result<(), ApiError> {
    let method = intent
        .payment_method
        .as_deref()
        .ok_or_else(|| ApiError::missing("payment_method"))?;
    match cards::charge(method)? {
        Verdict::Approved => hold(page, intent),
        Verdict::ActionRequired if !no_challenge => challenge(page, intent),
        Verdict::ActionRequired => decline(page, intent, cards::authentication_required()),
        Verdict::Declined(error) => decline(page, intent, error),
    }
}

/// Ends a challenge. A payment that fails now is no error: the customer is asked, not the shop.
pub(crate) fn authenticate(
    page: &mut Page<'_>,
    intent: &mut Intent,
    outcome: Outcome,
) -> Result<(), ApiError> {
    if intent.status != Status::RequiresAction {
        return Err(unexpected(intent, "authenticate"));
    }
    let method = intent.payment_method.as_deref().unwrap_or_default();
    let verdict = match outcome {
        Outcome::Succeed => cards::charge_authenticated(method),
        Outcome::Fail => Err(cards::authentication_failed()),
    };
    match verdict {
        Ok(()) => hold(page, intent),
        Err(error) => {
            decline(page, intent, error).ok();
            Ok(())
        }
    }
}

fn challenge(page: &mut Page<'_>, intent: &mut Intent) -> Result<(), ApiError> {
    intent.status = Status::RequiresAction;
    intent.last_payment_error = None;
    intent.next_action = Some(match &intent.return_url {
        Some(return_url) => json!({
            "type": "redirect_to_url",
            "redirect_to_url": {
                "return_url": return_url,
                "url": format!("{}/3ds/{}", page.habits().public_url, intent.id),
            },
        }),
        None => json!({ "type": "use_stripe_sdk", "use_stripe_sdk": {} }),
    });
    tell(page, intent, "payment_intent.requires_action")
}

fn hold(page: &mut Page<'_>, intent: &mut Intent) -> Result<(), ApiError> {
    intent.charge = Some(Book::new_id("ch"));
    intent.last_payment_error = None;
    intent.next_action = None;
    if !intent.capture_manually {
        return take(page, intent, intent.amount);
    }
    intent.status = Status::RequiresCapture;
    page.schedule(
        page.habits().authorization_lifetime,
        &Timer::Expire(intent.id.clone()),
    )?;
    tell(page, intent, "payment_intent.amount_capturable_updated")
}

fn take(page: &mut Page<'_>, intent: &mut Intent, amount: i64) -> Result<(), ApiError> {
    intent.received = amount;
    intent.status = Status::Succeeded;
    tell(page, intent, "payment_intent.succeeded")
}

fn decline(page: &mut Page<'_>, intent: &mut Intent, error: ApiError) -> Result<(), ApiError> {
    intent.status = Status::RequiresPaymentMethod;
    intent.last_payment_error = Some(error.fields());
    intent.next_action = None;
    intent.payment_method = None;
    tell(page, intent, "payment_intent.payment_failed")?;
    Err(error)
}

/// Takes held money, all of it or a part; the rest is let go.
pub(crate) fn capture(
    page: &mut Page<'_>,
    intent: &mut Intent,
    wanted: Option<i64>,
) -> Result<(), ApiError> {
    if intent.status != Status::RequiresCapture {
        return Err(unexpected(intent, "capture"));
    }
    let amount = wanted.unwrap_or(intent.amount);
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
    take(page, intent, amount)
}

/// Ends an intent without money, unless it has ended.
pub(crate) fn cancel(
    page: &mut Page<'_>,
    intent: &mut Intent,
    reason: Option<&str>,
) -> Result<(), ApiError> {
    if matches!(intent.status, Status::Canceled | Status::Succeeded) {
        return Err(unexpected(intent, "cancel"));
    }
    let now: DateTime<Utc> = page.now();
    intent.status = Status::Canceled;
    intent.next_action = None;
    intent.cancellation_reason = reason.map(str::to_owned);
    intent.canceled_at = Some(now.timestamp());
    tell(page, intent, "payment_intent.canceled")
}

/// A hold runs out, as card networks let them after some days.
pub(crate) fn expire(page: &mut Page<'_>, intent: &mut Intent) -> Result<(), ApiError> {
    if intent.status != Status::RequiresCapture {
        return Err(unexpected(intent, "expire"));
    }
    cancel(page, intent, Some("automatic"))
}

/// Gives captured money back.
pub(crate) fn refund(
    page: &mut Page<'_>,
    intent: &mut Intent,
    refund: &mut Refund,
) -> Result<(), ApiError> {
    let method = intent.payment_method.as_deref().unwrap_or_default();
    (refund.status, refund.later) = cards::refund(method);
    intent.refunded += refund.amount;
    intent.refunds.push(refund.id.clone());
    if refund.later.is_some() {
        let timer = Timer::Settle(refund.id.clone());
        page.schedule(page.habits().refund_delay, &timer)?;
    }
    page.put_intent(intent)?;
    page.put_refund(refund)?;
    page.emit("refund.created", refund.view())?;
    page.emit("charge.refunded", intent.charge_view())
}

/// What was to become of a refund becomes of it.
pub(crate) fn settle(page: &mut Page<'_>, refund: &mut Refund) -> Result<(), ApiError> {
    let Some(status) = refund.later.take() else {
        return Err(ApiError::state(
            "refund_unexpected_state",
            "Nothing more becomes of this refund.",
        ));
    };
    refund.status = status;
    page.put_refund(refund)?;
    page.emit("refund.updated", refund.view())?;
    if status == RefundStatus::Failed {
        let mut intent = page.intent(&refund.payment_intent)?;
        intent.refunded -= refund.amount;
        page.put_intent(&intent)?;
        page.emit("refund.failed", refund.view())?;
    }
    Ok(())
}

/// Keeps the intent and tells of it.
fn tell(page: &mut Page<'_>, intent: &Intent, event: &str) -> Result<(), ApiError> {
    page.put_intent(intent)?;
    page.emit(event, intent.view())
}

pub(crate) fn unexpected(intent: &Intent, verb: &str) -> ApiError {
    ApiError::state(
        "payment_intent_unexpected_state",
        format!(
            "You cannot {verb} this PaymentIntent because it has a status of {}.",
            intent.status.name()
        ),
    )
    .about(intent.view())
}

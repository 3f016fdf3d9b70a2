//! Stripe's test payment methods and what happens when they are charged.

use crate::error::ApiError;
use crate::model::RefundStatus;

/// What the card's issuer says when it is asked for money.
#[derive(Debug, Clone)]
pub(crate) enum Verdict {
    /// Yes.
    Approved,
    /// Not before the customer proved who they are (3-D Secure).
    ActionRequired,
    /// No.
    Declined(ApiError),
}

const APPROVED: &[&str] = &[
    "visa",
    "visa_debit",
    "mastercard",
    "mastercard_debit",
    "mastercard_prepaid",
    "amex",
    "discover",
    "diners",
    "jcb",
    "unionpay",
    "us",
    "de",
    "gb",
];

/// Approved as well; what is special about them comes later.
const APPROVED_AT_FIRST: &[&str] = &[
    "refundFail",
    "pendingRefund",
    "captureFail",
    "captureFailOnce",
];

/// Suffix of the payment method, and which declining one it is after the challenge.
const ACTION_REQUIRED: &[(&str, Option<&str>)] = &[
    ("authenticationRequired", None),
    ("authenticationRequiredOnSetup", None),
    (
        "authenticationRequiredChargeDeclinedInsufficientFunds",
        Some("chargeDeclinedInsufficientFunds"),
    ),
    ("threeDSecureRequired", None),
    ("threeDSecure2Required", None),
    ("threeDSecureRequiredChargeDeclined", Some("chargeDeclined")),
    (
        "threeDSecureRequiredProcessingError",
        Some("chargeDeclinedProcessingError"),
    ),
];

/// Suffix of the payment method, error code, decline code, message.
const DECLINED: &[(&str, &str, &str, &str)] = &[
    (
        "chargeDeclined",
        "card_declined",
        "generic_decline",
        "Your card was declined.",
    ),
    (
        "chargeDeclinedInsufficientFunds",
        "card_declined",
        "insufficient_funds",
        "Your card has insufficient funds.",
    ),
    (
        "chargeDeclinedLostCard",
        "card_declined",
        "lost_card",
        "Your card was declined.",
    ),
    (
        "chargeDeclinedStolenCard",
        "card_declined",
        "stolen_card",
        "Your card was declined.",
    ),
    (
        "chargeDeclinedExpiredCard",
        "expired_card",
        "expired_card",
        "Your card has expired.",
    ),
    (
        "chargeDeclinedIncorrectCvc",
        "incorrect_cvc",
        "incorrect_cvc",
        "Your card's security code is incorrect.",
    ),
    (
        "chargeDeclinedProcessingError",
        "processing_error",
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
    ),
    (
        "chargeDeclinedVelocityLimitExceeded",
        "card_declined",
        "card_velocity_exceeded",
        "Your card was declined for making repeated attempts too frequently.",
    ),
    (
        "chargeDeclinedFraudulent",
        "card_declined",
        "fraudulent",
        "Your card was declined.",
    ),
    (
        "chargeCustomerFail",
        "card_declined",
        "generic_decline",
        "Your card was declined.",
    ),
    (
        "radarBlock",
        "card_declined",
        "fraudulent",
        "Your card was declined.",
    ),
];

/// What charging `payment_method` comes to; an error when there is no such payment method.
///
/// Stripe writes some of the declining ones with the brand (`pm_card_visa_chargeDeclined`), so
/// `visa_` may stand in front of any of them.
pub(crate) fn charge(payment_method: &str) -> Result<Verdict, ApiError> {
    let unknown = || ApiError::no_such("PaymentMethod", payment_method, "payment_method");
    let name = payment_method
        .strip_prefix("pm_card_")
        .ok_or_else(unknown)?;
    if APPROVED.contains(&name) {
        return Ok(Verdict::Approved);
    }
    let name = name.strip_prefix("visa_").unwrap_or(name);
    if APPROVED_AT_FIRST.contains(&name) {
        return Ok(Verdict::Approved);
    }
    if ACTION_REQUIRED.iter().any(|(suffix, _)| *suffix == name) {
        return Ok(Verdict::ActionRequired);
    }
    decline(name).map(Verdict::Declined).ok_or_else(unknown)
}

/// What charging comes to after the customer proved who they are.
pub(crate) fn charge_authenticated(payment_method: &str) -> Result<(), ApiError> {
    let name = suffix(payment_method);
    let after = ACTION_REQUIRED.iter().find(|(suffix, _)| *suffix == name);
    match after.and_then(|(_, after)| decline((*after)?)) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// What a capture comes to when `failed` ones went before it.
pub(crate) fn capture(payment_method: &str, failed: u32) -> Result<(), ApiError> {
    match (suffix(payment_method), failed) {
        ("captureFail", _) | ("captureFailOnce", 0) => Err(ApiError::card(
            "card_declined",
            "generic_decline",
            "The card's issuer did not let the amount be captured.",
        )),
        _ => Ok(()),
    }
}

/// What a refund is at first, and what it becomes later by itself.
pub(crate) fn refund(payment_method: &str) -> (RefundStatus, Option<RefundStatus>) {
    match suffix(payment_method) {
        "refundFail" => (RefundStatus::Succeeded, Some(RefundStatus::Failed)),
        "pendingRefund" => (RefundStatus::Pending, Some(RefundStatus::Succeeded)),
        _ => (RefundStatus::Succeeded, None),
    }
}

fn suffix(payment_method: &str) -> &str {
    let name = payment_method
        .strip_prefix("pm_card_")
        .unwrap_or(payment_method);
    name.strip_prefix("visa_").unwrap_or(name)
}

fn decline(name: &str) -> Option<ApiError> {
    DECLINED
        .iter()
        .find(|(suffix, ..)| *suffix == name)
        .map(|(_, code, decline_code, message)| ApiError::card(code, decline_code, *message))
}

/// What becomes of the intent when the customer did not prove who they are.
pub(crate) fn authentication_failed() -> ApiError {
    ApiError::state(
        "payment_intent_authentication_failure",
        "The provided PaymentMethod has failed authentication. You can provide payment_method_data \
         or a new PaymentMethod to attempt to fulfill this PaymentIntent again.",
    )
}

/// What the issuer says when the shop wanted no challenge and one is needed.
pub(crate) fn authentication_required() -> ApiError {
    ApiError::card(
        "authentication_required",
        "authentication_required",
        "Your card was declined. This transaction requires authentication.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declining_card_may_be_written_with_its_brand() {
        for name in [
            "pm_card_chargeDeclinedLostCard",
            "pm_card_visa_chargeDeclinedLostCard",
        ] {
            match charge(name) {
                Ok(Verdict::Declined(error)) => {
                    assert_eq!(error.fields()["decline_code"], "lost_card");
                }
                other => panic!("{name} gave {other:?}"),
            }
        }
    }

    #[test]
    fn a_card_number_is_not_a_payment_method() {
        assert!(charge("4242424242424242").is_err());
    }
}

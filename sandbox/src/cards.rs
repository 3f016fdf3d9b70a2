//! Stripe's test payment methods: what charges, captures and refunds of each one do.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::error::ApiError;
use crate::model::RefundStatus;

/// The card issuer's response to a charge.
#[derive(Debug, Clone)]
pub(crate) enum ChargeOutcome {
    Approved,
    /// 3-D Secure is required.
    ChallengeRequired,
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

/// Approved; later captures or refunds behave differently.
const APPROVED_THEN_FAULTY: &[&str] = &[
    "refundFail",
    "pendingRefund",
    "captureFail",
    "captureFailOnce",
];

/// Suffix of the payment method, and the declined card that it equals after the challenge.
const CHALLENGE_REQUIRED: &[(&str, Option<&str>)] = &[
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

/// Charges `payment_method`.
///
/// Stripe has some declined cards with the brand too (`pm_card_visa_chargeDeclined`), so any card that
/// is not simply approved may have the prefix `visa_`.
///
/// # Errors
/// The payment method does not exist.
pub(crate) fn charge(payment_method: &str) -> Result<ChargeOutcome, ApiError> {
    let unknown = || ApiError::not_found("PaymentMethod", payment_method, "payment_method");
    let name = payment_method
        .strip_prefix("pm_card_")
        .ok_or_else(unknown)?;
    if APPROVED.contains(&name) {
        return Ok(ChargeOutcome::Approved);
    }
    let name = name.strip_prefix("visa_").unwrap_or(name);
    if APPROVED_THEN_FAULTY.contains(&name) {
        return Ok(ChargeOutcome::Approved);
    }
    if CHALLENGE_REQUIRED.iter().any(|(suffix, _)| *suffix == name) {
        return Ok(ChargeOutcome::ChallengeRequired);
    }
    decline(name)
        .map(ChargeOutcome::Declined)
        .ok_or_else(unknown)
}

/// Charges the card after a successful challenge.
///
/// # Errors
/// The card is declined.
pub(crate) fn charge_authenticated(payment_method: &str) -> Result<(), ApiError> {
    let name = suffix(payment_method);
    let after = CHALLENGE_REQUIRED
        .iter()
        .find(|(suffix, _)| *suffix == name);
    match after.and_then(|(_, after)| decline((*after)?)) {
        Some(error) => Err(error),
        None => Ok(()),
    }
}

/// Captures an authorization; `failed` is the number of earlier captures that failed.
///
/// # Errors
/// The issuer declines the capture.
pub(crate) fn capture(payment_method: &str, failed: u32) -> Result<(), ApiError> {
    match (suffix(payment_method), failed) {
        ("captureFail", _) | ("captureFailOnce", 0) => Err(ApiError::card(
            "card_declined",
            "generic_decline",
            "The card issuer declined the capture.",
        )),
        _ => Ok(()),
    }
}

/// The first status of a refund, and its final status if that differs.
pub(crate) fn refund(payment_method: &str) -> (RefundStatus, Option<RefundStatus>) {
    match suffix(payment_method) {
        "refundFail" => (RefundStatus::Succeeded, Some(RefundStatus::Failed)),
        "pendingRefund" => (RefundStatus::Pending, Some(RefundStatus::Succeeded)),
        _ => (RefundStatus::Succeeded, None),
    }
}

/// The part of the `payment_method` object that errors contain. As at Stripe, the fingerprint is the same for every
/// payment method with the same card; here, with and without the brand in its name.
pub(crate) fn payment_method(id: &str) -> Value {
    let digest = Sha256::digest(suffix(id));
    let fingerprint: String = digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    json!({
        "id": id,
        "object": "payment_method",
        "type": "card",
        "card": { "fingerprint": fingerprint },
    })
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

/// The decline of a card for no stated reason.
pub(crate) fn declined() -> ApiError {
    ApiError::card(
        "card_declined",
        "generic_decline",
        "Your card was declined.",
    )
}

/// The error of an intent after a failed challenge.
pub(crate) fn authentication_failed() -> ApiError {
    ApiError::state(
        "payment_intent_authentication_failure",
        "The provided PaymentMethod has failed authentication. You can provide payment_method_data \
         or a new PaymentMethod to attempt to fulfill this PaymentIntent again.",
    )
}

/// The decline of a card that needs a challenge when the request does not allow one.
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
    fn a_declined_card_may_have_its_brand_in_its_name() {
        for name in [
            "pm_card_chargeDeclinedLostCard",
            "pm_card_visa_chargeDeclinedLostCard",
        ] {
            match charge(name) {
                Ok(ChargeOutcome::Declined(error)) => {
                    assert_eq!(error.fields()["decline_code"], "lost_card");
                }
                other => panic!("{name}: {other:?}"),
            }
        }
    }

    #[test]
    fn payment_methods_with_the_same_card_have_one_fingerprint() {
        let fingerprint = |id| payment_method(id)["card"]["fingerprint"].clone();
        let lost = fingerprint("pm_card_chargeDeclinedLostCard");
        assert_eq!(fingerprint("pm_card_visa_chargeDeclinedLostCard"), lost);
        assert_ne!(fingerprint("pm_card_chargeDeclined"), lost);
    }

    #[test]
    fn a_card_number_is_not_a_payment_method() {
        assert!(charge("4242424242424242").is_err());
    }
}

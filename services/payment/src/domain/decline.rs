//! What a buyer learns about a failure of the provider. The provider's code stays with staff: it shows a thief that
//! the shop knows the card as stolen, and what to try next.
//!
//! <https://docs.stripe.com/declines/codes>: report `fraudulent`, `lost_card`, `stolen_card` and similar codes to the
//! customer as a generic decline.

/// A decline without details.
const DECLINED: &str = "card_declined";
/// The shop's request was rejected; the card was not declined.
pub(super) const REQUEST_REJECTED: &str = "request_rejected";

/// What buyers learn, with the provider's codes that mean it.
const REASONS: &[(&str, &[&str])] = &[
    (
        "insufficient_funds",
        &["insufficient_funds", "withdrawal_count_limit_exceeded"],
    ),
    (
        "expired_card",
        &["expired_card", "expired_or_canceled_card"],
    ),
    (
        "incorrect_details",
        &[
            "incorrect_number",
            "incorrect_cvc",
            "incorrect_zip",
            "incorrect_address",
            "incorrect_pin",
            "invalid_number",
            "invalid_cvc",
            "invalid_expiry_month",
            "invalid_expiry_year",
            "invalid_pin",
        ],
    ),
    (
        "authentication_failed",
        &[
            "authentication_required",
            "authentication_not_handled",
            "payment_intent_authentication_failure",
        ],
    ),
    (
        "try_another_card",
        &[
            "card_not_supported",
            "currency_not_supported",
            "not_permitted",
            "service_not_allowed",
            "testmode_decline",
            "transaction_not_allowed",
        ],
    ),
    (
        "try_again",
        &[
            "approve_with_id",
            "issuer_not_available",
            "processing_error",
            "reenter_transaction",
            "try_again_later",
        ],
    ),
];

/// Codes of this service, which say nothing about a card.
const OWN: &[&str] = &[
    "amount_invalid",
    "amount_not_chargeable",
    "amount_too_large",
    "authorization_canceled",
    "authorization_expired",
    "currency_mismatch",
    "declined",
    "not_authorized",
    "not_captured",
    "payment_method_unknown",
    "payment_not_found",
    "voided",
];

/// What a buyer learns about a declined payment. An unknown code is a decline without details.
pub(crate) fn decline_reason(code: &str) -> &'static str {
    known(code).unwrap_or(DECLINED)
}

/// What a buyer learns about a request of the shop that the provider rejected.
pub(crate) fn rejection_reason(code: &str) -> &'static str {
    known(code).unwrap_or(REQUEST_REJECTED)
}

/// What a buyer learns about a capture or a refund that failed. An unknown code is `unknown`.
pub(crate) fn failure_reason(code: &str) -> &'static str {
    match code {
        DECLINED => DECLINED,
        code => known(code).unwrap_or("unknown"),
    }
}

fn known(code: &str) -> Option<&'static str> {
    let own = OWN.iter().find(|own| **own == code).copied();
    own.or_else(|| {
        let mut reasons = REASONS.iter();
        let found = reasons.find(|(_, codes)| codes.contains(&code));
        found.map(|(reason, _)| *reason)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_about_fraud_are_a_plain_decline() {
        for code in [
            "fraudulent",
            "lost_card",
            "stolen_card",
            "pickup_card",
            "restricted_card",
            "merchant_blacklist",
            "security_violation",
            "card_velocity_exceeded",
            "do_not_honor",
            "generic_decline",
            "card_declined",
            "of_the_future",
            "",
        ] {
            assert_eq!(decline_reason(code), "card_declined", "{code}");
        }
    }

    #[test]
    fn buyers_learn_what_they_can_change() {
        for (code, reason) in [
            ("insufficient_funds", "insufficient_funds"),
            ("expired_card", "expired_card"),
            ("incorrect_cvc", "incorrect_details"),
            (
                "payment_intent_authentication_failure",
                "authentication_failed",
            ),
            ("card_not_supported", "try_another_card"),
            ("processing_error", "try_again"),
        ] {
            assert_eq!(decline_reason(code), reason, "{code}");
        }
    }

    #[test]
    fn a_refund_to_a_stolen_card_fails_without_details() {
        assert_eq!(failure_reason("lost_or_stolen_card"), "unknown");
        assert_eq!(failure_reason("expired_or_canceled_card"), "expired_card");
        assert_eq!(failure_reason("card_declined"), "card_declined");
        assert_eq!(failure_reason("amount_too_large"), "amount_too_large");
    }

    #[test]
    fn a_rejected_request_does_not_show_the_answer_of_the_provider() {
        assert_eq!(rejection_reason("api_key_expired"), "request_rejected");
        assert_eq!(
            rejection_reason("payment_method_unknown"),
            "payment_method_unknown"
        );
    }

    #[test]
    fn a_reason_is_its_own_reason() {
        for (reason, codes) in REASONS {
            for code in codes.iter() {
                assert_eq!(decline_reason(code), *reason);
            }
        }
        for code in OWN {
            assert_eq!(decline_reason(code), *code);
        }
    }
}

//! Objects with the fields of Stripe's documentation.

use serde_json::{Value, json};

pub(super) const INTENT: &str = "pi_3MtwBwLkdIwHu7ix28a3tqPa";

/// <https://docs.stripe.com/api/payment_intents/object>, `#payment_intent_object-<field>` for each field.
pub(super) fn intent(status: &str, amount: i64, received: i64) -> Value {
    json!({
        // `-id`, `-object`
        "id": INTENT, "object": "payment_intent",
        // `-amount`: in the smallest unit, at most eight digits. `-amount_capturable`, `-amount_received`.
        "amount": amount, "amount_capturable": amount - received, "amount_received": received,
        // `-canceled_at`, `-cancellation_reason`: null unless canceled.
        "canceled_at": null, "cancellation_reason": null,
        // `-capture_method`: automatic, automatic_async or manual.
        "capture_method": "manual",
        // `-client_secret`: not read, and never logged.
        "client_secret": "pi_3MtwBwLkdIwHu7ix28a3tqPa_secret_YrKJUKribcBjcG8HVhfZluoGH",
        // `-confirmation_method`
        "confirmation_method": "automatic",
        // `-created`: seconds since the Unix epoch.
        "created": 1_680_800_504,
        // `-currency`: lower case.
        "currency": "eur",
        // `-last_payment_error`, `-next_action`: null unless something is wrong or to be done.
        "last_payment_error": null, "next_action": null,
        // `-latest_charge`: an id unless expanded.
        "latest_charge": "ch_3MtwBwLkdIwHu7ix2",
        // `-livemode`
        "livemode": false,
        // `-metadata`: strings. A map, empty if there are none.
        "metadata": {},
        // `-payment_method`, `-payment_method_types`
        "payment_method": "pm_1MtwBwLkdIwHu7ix", "payment_method_types": ["card"],
        // `-status`
        "status": status,
    })
}

/// <https://docs.stripe.com/api/refunds/object>, `#refund_object-<field>` for each field.
pub(super) fn refund(status: &str, amount: i64, currency: &str) -> Value {
    json!({
        // `-id`, `-object`
        "id": "re_1Nispe2eZvKYlo2Cd31jOCgZ", "object": "refund",
        // `-amount`: in the smallest unit. `-currency`: lower case.
        "amount": amount, "currency": currency,
        // `-charge`, `-payment_intent`: ids unless expanded.
        "charge": "ch_1NirD82eZvKYlo2CIvbtLWuY", "payment_intent": INTENT,
        // `-created`
        "created": 1_692_942_318,
        // `-failure_reason`: only of a failed refund.
        // `-metadata`, `-reason`, `-receipt_number`
        "metadata": {}, "reason": null, "receipt_number": null,
        // `-status`: pending, requires_action, succeeded, failed or canceled.
        "status": status,
    })
}

/// <https://docs.stripe.com/api/errors>, `#errors-<field>` for each field.
pub(super) fn error(kind: &str, code: &str, param: &str) -> Value {
    json!({"error": {
        // `-type`: api_error, card_error, idempotency_error or invalid_request_error.
        "type": kind,
        // `-code`: https://docs.stripe.com/error-codes
        "code": code,
        // `-doc_url`, `-message`, `-param`
        "doc_url": format!("https://docs.stripe.com/error-codes/{code}"),
        "message": "A sentence for the developer.",
        "param": param,
        // `-request_log_url`
        "request_log_url": "https://dashboard.stripe.com/test/logs/req_1",
    }})
}

use kernel::{Currency, Money, OrderId, PaymentId, RefundId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;

fn operation(task: Task) -> Operation {
    Operation {
        id: Uuid::now_v7(),
        payment_id: PaymentId::generate(),
        order_id: OrderId::generate(),
        task,
        amount: Money::new(1000, Currency::EUR),
        payment_method: "pm_card_visa".to_owned(),
        reference: Some("pi_1".to_owned()),
        traceparent: None,
        attempt: 1,
    }
}

/// The answer in short: `done`, `refused <code>`, `gone <code>`, or the name of the trouble.
fn read(task: Task, status: u16, body: &Value) -> String {
    match of(&operation(task), status, None, body.to_string().as_bytes()) {
        Ok(Answer::Done { .. }) => "done".to_owned(),
        Ok(Answer::Refused { code, .. }) => format!("refused {code}"),
        Ok(Answer::HoldGone { code }) => format!("gone {code}"),
        Err(trouble) => trouble.name().to_owned(),
    }
}

fn intent(status: &str, amount: i64, received: i64) -> Value {
    json!({"id": "pi_1", "amount": amount, "amount_received": received, "status": status})
}

#[test]
fn success_is_believed_only_when_it_is_what_was_asked_for() {
    let refund = Task::Refund(RefundId::generate());
    let cases = [
        (Task::Authorize, intent("requires_capture", 1000, 0), "done"),
        (
            Task::Authorize,
            intent("requires_capture", 999, 0),
            "unexpected",
        ),
        (
            Task::Authorize,
            intent("requires_action", 1000, 0),
            "unexpected",
        ),
        (Task::Authorize, json!({"id": "pi_1"}), "unexpected"),
        (Task::Capture, intent("succeeded", 1000, 1000), "done"),
        (Task::Capture, intent("succeeded", 1000, 1), "unexpected"),
        (Task::Void, intent("canceled", 1000, 0), "done"),
        (refund, intent("pending", 1000, 0), "done"),
        (refund, intent("failed", 1000, 0), "refused refund_failed"),
    ];
    for (task, body, expected) in cases {
        assert_eq!(read(task, 200, &body), expected, "{task:?} {body}");
    }
}

#[test]
fn a_decline_carries_the_most_telling_code() {
    let cases = [
        (
            json!({"code": "card_declined", "decline_code": "generic_decline"}),
            "card_declined",
        ),
        (
            json!({"code": "card_declined", "decline_code": "lost_card"}),
            "lost_card",
        ),
        (json!({"code": "expired_card"}), "expired_card"),
        (json!({}), "invalid_request"),
    ];
    for (mut error, expected) in cases {
        error["type"] = json!("card_error");
        let body = json!({ "error": error });
        assert_eq!(
            read(Task::Authorize, 402, &body),
            format!("refused {expected}")
        );
    }
}

#[test]
fn a_capture_or_void_looks_at_what_became_of_the_intent() {
    let check = |task, status: &str, received, reason: Value, expected: &str| {
        let mut about = intent(status, 1000, received);
        about["cancellation_reason"] = reason;
        let body = json!({"error": {
            "type": "invalid_request_error",
            "code": "payment_intent_unexpected_state",
            "payment_intent": about,
        }});
        assert_eq!(read(task, 400, &body), expected);
    };
    check(Task::Capture, "succeeded", 1000, Value::Null, "done");
    check(Task::Capture, "succeeded", 1, Value::Null, "unexpected");
    check(
        Task::Capture,
        "canceled",
        0,
        json!("automatic"),
        "gone authorization_expired",
    );
    check(
        Task::Void,
        "canceled",
        0,
        Value::Null,
        "gone authorization_canceled",
    );
    check(Task::Void, "succeeded", 1000, Value::Null, "unexpected");
}

#[test]
fn what_may_have_been_done_is_never_a_no() {
    let reused = json!({"error": {"type": "idempotency_error"}});
    let cases = [
        (400, reused, "unexpected"),
        (400, json!("?"), "unexpected"),
        (401, json!({}), "denied"),
        (409, json!({}), "later"),
        (429, json!({}), "later"),
        (500, json!({}), "unwell"),
        (503, json!({}), "unwell"),
    ];
    for (status, body, expected) in cases {
        assert_eq!(read(Task::Authorize, status, &body), expected, "{status}");
    }
}

#[test]
fn an_intent_that_the_provider_does_not_know_holds_nothing() {
    let body = json!({"error": {"type": "invalid_request_error", "code": "resource_missing"}});
    assert_eq!(read(Task::Void, 404, &body), "gone resource_missing");
    assert_eq!(read(Task::Capture, 404, &body), "gone resource_missing");
    assert_eq!(
        read(Task::Authorize, 404, &body),
        "refused resource_missing"
    );
}

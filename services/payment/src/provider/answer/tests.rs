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
        trace: None,
        attempt: 1,
        key_number: 1,
        key_spent: false,
        unclear: false,
        created_at: chrono::DateTime::UNIX_EPOCH,
    }
}

/// The answer in short: `done`, `refused <code>`, `gone <code>`, or the name of the error.
fn read(task: Task, status: u16, body: &Value) -> String {
    let raw = Raw {
        status,
        retry_after: None,
        replayed: false,
        body: body.to_string().into_bytes(),
    };
    name(of(&operation(task), &raw))
}

fn name(answer: Result<Answer, ProviderError>) -> String {
    match answer {
        Ok(Answer::Done { .. }) => "done".to_owned(),
        Ok(Answer::ActionRequired { redirect_url, .. }) => format!("action {redirect_url}"),
        Ok(Answer::Refused { code, .. }) => format!("refused {code}"),
        Ok(Answer::HoldGone { code }) => format!("gone {code}"),
        Err(error) => error.name().to_owned(),
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

fn challenge(url: &str) -> Value {
    let mut body = intent("requires_action", 1000, 0);
    body["next_action"] = json!({"type": "redirect_to_url", "redirect_to_url": {"url": url}});
    body
}

#[test]
fn a_challenge_is_where_the_customer_can_go() {
    let check = |body: Value, expected: &str| {
        assert_eq!(read(Task::Authorize, 200, &body), expected);
    };
    check(
        challenge("https://bank.example/1"),
        "action https://bank.example/1",
    );
    check(challenge("javascript:alert(1)"), "unexpected");
    check(challenge("https://"), "unexpected");
    check(
        challenge("https://bank.example/\r\n2"),
        "action https://bank.example/2",
    );
    check(
        challenge(&format!("https://{}", "x".repeat(3000))),
        "unexpected",
    );
    let mut sdk = challenge("");
    sdk["next_action"] = json!({"type": "use_stripe_sdk"});
    check(sdk, "unexpected");
}

#[test]
fn a_stored_error_spends_the_key_and_a_fresh_one_does_not() {
    for (replayed, expected) in [(true, true), (false, false)] {
        let raw = Raw {
            status: 500,
            retry_after: None,
            replayed,
            body: Vec::new(),
        };
        let error = of(&operation(Task::Authorize), &raw).expect_err("error");
        assert_eq!(error.spends_the_key(), expected);
    }
}

/// What a look for lost answers comes to: `nothing` says that the provider has not acted.
fn look(task: Task, body: Value) -> String {
    let object = serde_json::from_value(body).expect("an object");
    match found(&operation(task), object) {
        Ok(None) => "nothing".to_owned(),
        Ok(Some(answer)) => name(Ok(answer)),
        Err(error) => name(Err(error)),
    }
}

#[test]
fn a_lost_authorization_is_what_its_intent_is() {
    let check = |body: Value, expected: &str| assert_eq!(look(Task::Authorize, body), expected);
    check(intent("requires_capture", 1000, 0), "done");
    check(intent("requires_capture", 999, 0), "unexpected");
    check(
        challenge("https://bank.example/1"),
        "action https://bank.example/1",
    );
    let mut declined = intent("requires_payment_method", 1000, 0);
    // Never confirmed: nothing came of it.
    check(declined.clone(), "nothing");
    check(intent("requires_confirmation", 1000, 0), "nothing");
    declined["last_payment_error"] = json!({"code": "card_declined", "decline_code": "lost_card"});
    check(declined, "refused lost_card");
    check(
        intent("canceled", 1000, 0),
        "refused authorization_canceled",
    );
    check(intent("processing", 1000, 0), "unexpected");
    check(intent("succeeded", 1000, 1000), "unexpected");
}

#[test]
fn a_lost_capture_or_void_is_what_the_intent_is() {
    let mut ran_out = intent("canceled", 1000, 0);
    ran_out["cancellation_reason"] = json!("automatic");
    let cases = [
        (Task::Capture, intent("succeeded", 1000, 1000), "done"),
        (Task::Capture, intent("succeeded", 1000, 1), "unexpected"),
        (
            Task::Capture,
            intent("requires_capture", 1000, 0),
            "nothing",
        ),
        (Task::Capture, ran_out.clone(), "gone authorization_expired"),
        (Task::Void, intent("canceled", 1000, 0), "done"),
        (Task::Void, ran_out, "gone authorization_expired"),
        (Task::Void, intent("requires_capture", 1000, 0), "nothing"),
        (Task::Void, intent("requires_action", 1000, 0), "nothing"),
        (Task::Void, intent("succeeded", 1000, 1000), "unexpected"),
    ];
    for (task, body, expected) in cases {
        assert_eq!(look(task, body.clone()), expected, "{task:?} {body}");
    }
}

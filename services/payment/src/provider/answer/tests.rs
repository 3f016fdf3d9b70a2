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
        has_unusable_answer: false,
        created_at: chrono::DateTime::UNIX_EPOCH,
    }
}

/// The answer in short: `done`, `refused <code>`, `ended <code>`, or the name of the error.
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
        Ok(Answer::Rejected { code, .. }) => format!("rejected {code}"),
        Ok(Answer::AuthorizationEnded { code }) => format!("ended {code}"),
        Err(error) => error.name().to_owned(),
    }
}

fn intent(status: &str, amount: i64, received: i64) -> Value {
    json!({"id": "pi_1", "amount": amount, "amount_received": received, "status": status})
}

#[test]
fn a_success_must_match_the_request() {
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
fn a_decline_has_the_most_specific_code() {
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
fn a_refused_capture_or_void_is_decided_by_the_state_of_the_intent() {
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
        "ended authorization_expired",
    );
    check(
        Task::Void,
        "canceled",
        0,
        Value::Null,
        "ended authorization_canceled",
    );
    check(Task::Void, "succeeded", 1000, Value::Null, "unexpected");
}

#[test]
fn an_unknown_outcome_is_never_a_refusal() {
    let reused = json!({"error": {"type": "idempotency_error"}});
    let cases = [
        (400, reused, "unexpected"),
        (400, json!("?"), "unexpected"),
        (401, json!({}), "denied"),
        (409, json!({}), "retry_later"),
        (429, json!({}), "retry_later"),
        (500, json!({}), "server_error"),
        (503, json!({}), "server_error"),
    ];
    for (status, body, expected) in cases {
        assert_eq!(read(Task::Authorize, status, &body), expected, "{status}");
    }
}

#[test]
fn an_intent_that_does_not_exist_holds_nothing() {
    let body = json!({"error": {"type": "invalid_request_error", "code": "resource_missing"}});
    assert_eq!(read(Task::Void, 404, &body), "ended resource_missing");
    assert_eq!(read(Task::Capture, 404, &body), "ended resource_missing");
    assert_eq!(
        read(Task::Authorize, 404, &body),
        "rejected resource_missing"
    );
}

fn challenge(url: &str) -> Value {
    let mut body = intent("requires_action", 1000, 0);
    body["next_action"] = json!({"type": "redirect_to_url", "redirect_to_url": {"url": url}});
    body
}

#[test]
fn a_challenge_must_have_a_web_address() {
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
fn only_a_stored_error_spends_the_key() {
    for (replayed, expected) in [(true, true), (false, false)] {
        let raw = Raw {
            status: 500,
            retry_after: None,
            replayed,
            body: Vec::new(),
        };
        let error = of(&operation(Task::Authorize), &raw).expect_err("error");
        assert_eq!(error.spends_key(), expected);
    }
}

/// The result of a search for a lost answer; `nothing` means that the provider has not acted.
fn search(task: Task, body: Value) -> String {
    let object = serde_json::from_value(body).expect("an object");
    match found(&operation(task), object) {
        Ok(None) => "nothing".to_owned(),
        Ok(Some(answer)) => name(Ok(answer)),
        Err(error) => name(Err(error)),
    }
}

#[test]
fn the_intent_decides_a_lost_authorization() {
    let check = |body: Value, expected: &str| assert_eq!(search(Task::Authorize, body), expected);
    check(intent("requires_capture", 1000, 0), "done");
    check(intent("requires_capture", 999, 0), "unexpected");
    check(
        challenge("https://bank.example/1"),
        "action https://bank.example/1",
    );
    let mut declined = intent("requires_payment_method", 1000, 0);
    // Never confirmed.
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
fn the_intent_decides_a_lost_capture_or_void() {
    let mut expired = intent("canceled", 1000, 0);
    expired["cancellation_reason"] = json!("automatic");
    let cases = [
        (Task::Capture, intent("succeeded", 1000, 1000), "done"),
        (Task::Capture, intent("succeeded", 1000, 1), "unexpected"),
        (
            Task::Capture,
            intent("requires_capture", 1000, 0),
            "nothing",
        ),
        (
            Task::Capture,
            expired.clone(),
            "ended authorization_expired",
        ),
        (Task::Void, intent("canceled", 1000, 0), "done"),
        (Task::Void, expired, "ended authorization_expired"),
        (Task::Void, intent("requires_capture", 1000, 0), "nothing"),
        (Task::Void, intent("requires_action", 1000, 0), "nothing"),
        (Task::Void, intent("succeeded", 1000, 1000), "unexpected"),
    ];
    for (task, body, expected) in cases {
        assert_eq!(search(task, body.clone()), expected, "{task:?} {body}");
    }
}

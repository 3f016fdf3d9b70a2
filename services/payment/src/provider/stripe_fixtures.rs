//! Runs the client against answers with the fields of Stripe's documentation, each with the page that describes
//! it. They are written from it, not recorded: no one has run this client against Stripe's servers yet (see
//! `docs/guides/go-live.md`).

mod objects;
mod server;

use chrono::{DateTime, TimeDelta};
use kernel::{Currency, Money, OrderId, PaymentId, RefundId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use objects::{INTENT, error, intent, refund};
use server::Stripe;

fn operation(task: Task, amount: Money) -> Operation {
    Operation {
        id: Uuid::now_v7(),
        payment_id: PaymentId::generate(),
        order_id: OrderId::generate(),
        task,
        amount,
        payment_method: "pm_card_visa".to_owned(),
        reference: (task != Task::Authorize).then(|| INTENT.to_owned()),
        trace: None,
        attempt: 1,
        key_number: 1,
        key_spent: false,
        has_unusable_answer: false,
        created_at: DateTime::UNIX_EPOCH,
    }
}

fn eur(minor_units: i64) -> Money {
    Money::new(minor_units, Currency::EUR)
}

/// <https://docs.stripe.com/api/payment_intents/create>, `#create_payment_intent-<parameter>`;
/// <https://docs.stripe.com/api/authentication>, <https://docs.stripe.com/api/versioning>,
/// <https://docs.stripe.com/api/idempotent_requests>.
#[tokio::test]
async fn an_authorization_is_a_confirmed_intent_with_manual_capture() {
    let stripe = Stripe::answering(vec![(200, intent("requires_capture", 2_000, 0))]);
    let operation = operation(Task::Authorize, eur(2_000));
    let answer = stripe.provider.perform(&operation).await.unwrap();
    let reference = INTENT.to_owned();
    assert_eq!(answer, Answer::Done { reference });
    let (line, headers, form) = stripe.request();
    assert_eq!(line, "POST /v1/payment_intents HTTP/1.1");
    for header in [
        "authorization: bearer sk_test_1".to_owned(),
        "stripe-version: 2024-06-20".to_owned(),
        format!("idempotency-key: {}", operation.id),
        "content-type: application/x-www-form-urlencoded".to_owned(),
    ] {
        assert!(headers.contains(&header), "{header} in {headers}");
    }
    let order_id = operation.order_id.to_string();
    let payment_id = operation.payment_id.to_string();
    let return_url = format!("https://shop.example/orders/{order_id}");
    let expected = [
        ("amount", "2000"),
        ("currency", "eur"),
        ("payment_method", "pm_card_visa"),
        ("payment_method_types[]", "card"),
        ("capture_method", "manual"),
        ("confirm", "true"),
        ("return_url", return_url.as_str()),
        ("metadata[order_id]", order_id.as_str()),
        ("metadata[payment_id]", payment_id.as_str()),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(form, expected);
}

/// <https://docs.stripe.com/payments/3d-secure/authentication-flow>, `next_action.redirect_to_url`.
#[tokio::test]
async fn a_required_challenge_names_the_page_of_the_bank() {
    let mut body = intent("requires_action", 2_000, 0);
    body["next_action"] = json!({
        "type": "redirect_to_url",
        "redirect_to_url": {
            "return_url": "https://shop.example/orders/1",
            "url": "https://hooks.stripe.com/redirect/authenticate/src_1",
        },
    });
    let stripe = Stripe::answering(vec![(200, body)]);
    let answer = stripe
        .provider
        .perform(&operation(Task::Authorize, eur(2_000)))
        .await
        .unwrap();
    assert_eq!(
        answer,
        Answer::ActionRequired {
            reference: INTENT.to_owned(),
            redirect_url: "https://hooks.stripe.com/redirect/authenticate/src_1".to_owned(),
        }
    );
}

/// <https://docs.stripe.com/declines/codes>; a card error has status 402 and contains the intent.
#[tokio::test]
async fn a_card_error_is_a_decline() {
    let mut body = error("card_error", "card_declined", "");
    body["error"]["decline_code"] = json!("insufficient_funds");
    body["error"]["payment_method"] =
        json!({"id": "pm_1", "type": "card", "card": {"fingerprint": "Xt5EWLLDS7FJjR1c"}});
    body["error"]["payment_intent"] = intent("requires_payment_method", 2_000, 0);
    let stripe = Stripe::answering(vec![(402, body)]);
    let answer = stripe
        .provider
        .perform(&operation(Task::Authorize, eur(2_000)))
        .await
        .unwrap();
    assert_eq!(
        answer,
        Answer::Refused {
            code: "insufficient_funds".to_owned(),
            reference: Some(INTENT.to_owned()),
            card_fingerprint: Some("Xt5EWLLDS7FJjR1c".to_owned()),
        }
    );
}

/// <https://docs.stripe.com/error-codes>: `amount_too_large`, `amount_too_small`, `resource_missing`,
/// `parameter_invalid_integer`.
#[tokio::test]
async fn an_invalid_request_is_a_rejection_that_says_what_is_wrong() {
    for (status, code, param, expected) in [
        (400, "amount_too_large", "amount", "amount_too_large"),
        (400, "amount_too_small", "amount", "amount_too_small"),
        (
            400,
            "parameter_invalid_integer",
            "amount",
            "parameter_invalid_integer",
        ),
        (
            400,
            "resource_missing",
            "payment_method",
            "payment_method_unknown",
        ),
    ] {
        let body = error("invalid_request_error", code, param);
        let stripe = Stripe::answering(vec![(status, body)]);
        let operation = operation(Task::Authorize, eur(2_000));
        let answer = stripe.provider.perform(&operation).await.unwrap();
        let problem =
            format!("invalid_request_error ({code}, {param}): A sentence for the developer.");
        assert_eq!(
            answer,
            Answer::Rejected {
                code: expected.to_owned(),
                problem,
                reference: None,
            }
        );
    }
}

/// <https://docs.stripe.com/api/payment_intents/capture>, <https://docs.stripe.com/api/payment_intents/cancel>,
/// <https://docs.stripe.com/api/refunds/create>.
#[tokio::test]
async fn captures_voids_and_refunds_name_the_intent() {
    let refund_id = RefundId::generate();
    let mut canceled = intent("canceled", 2_000, 0);
    canceled["canceled_at"] = json!(1_680_801_569);
    canceled["cancellation_reason"] = json!("requested_by_customer");
    let stripe = Stripe::answering(vec![
        (200, intent("succeeded", 2_000, 2_000)),
        (200, canceled),
        (200, refund("succeeded", 700, "eur")),
    ]);
    let cases = [
        (
            Task::Capture,
            2_000,
            format!("/v1/payment_intents/{INTENT}/capture"),
        ),
        (
            Task::Void,
            2_000,
            format!("/v1/payment_intents/{INTENT}/cancel"),
        ),
        (Task::Refund(refund_id), 700, "/v1/refunds".to_owned()),
    ];
    for (task, amount, path) in cases {
        let operation = operation(task, eur(amount));
        let answer = stripe.provider.perform(&operation).await.unwrap();
        assert!(matches!(answer, Answer::Done { .. }), "{answer:?}");
        let (line, _, form) = stripe.request();
        assert_eq!(line, format!("POST {path} HTTP/1.1"));
        if task == Task::Refund(refund_id) {
            let id = ("metadata[refund_id]".to_owned(), refund_id.to_string());
            assert!(form.contains(&id), "{form:?}");
            assert!(
                form.contains(&("amount".to_owned(), "700".to_owned())),
                "{form:?}"
            );
        }
    }
}

/// <https://docs.stripe.com/api/pagination>: `data` and `has_more`, newest first.
#[tokio::test]
async fn lists_are_read_in_our_minor_units() {
    let mut icelandic = intent("succeeded", 500, 500);
    icelandic["currency"] = json!("isk");
    let list =
        |data: Value| json!({"object": "list", "url": "/v1/x", "has_more": false, "data": data});
    let stripe = Stripe::answering(vec![
        (200, list(json!([icelandic]))),
        (200, list(json!([refund("succeeded", 300, "isk")]))),
    ]);
    let created = Created {
        from: DateTime::UNIX_EPOCH,
        until: Some(DateTime::UNIX_EPOCH + TimeDelta::days(1)),
    };
    let intents = stripe.provider.intents(created, None).await.unwrap();
    let found = intents.items.first().unwrap();
    assert_eq!(
        (found.amount, found.received, found.currency.as_str()),
        (5, 5, "ISK")
    );
    let refunds = stripe.provider.refunds(created, None).await.unwrap();
    assert_eq!(refunds.items, [(INTENT.to_owned(), 3)]);
}

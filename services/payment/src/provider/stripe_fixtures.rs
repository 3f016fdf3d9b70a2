//! Runs the client against answers with the fields of Stripe's documentation, each with the page that describes
//! it. They are written by hand, not recorded: no one has run this client against Stripe's servers yet (see
//! `docs/guides/go-live.md`).

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use chrono::{DateTime, TimeDelta};
use kernel::{Currency, Money, OrderId, PaymentId, RefundId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;

/// A server that gives the answers in order, one connection each.
struct Stripe {
    provider: Provider,
    requests: Receiver<String>,
}

impl Stripe {
    fn answering(answers: Vec<(u16, Value)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, requests) = channel();
        thread::spawn(move || {
            for (status, body) in answers {
                let (mut stream, _) = listener.accept().unwrap();
                sender.send(request(&mut stream)).unwrap();
                let body = body.to_string();
                let head = format!(
                    "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
                     connection: close\r\n\r\n",
                    body.len()
                );
                stream.write_all((head + &body).as_bytes()).unwrap();
            }
        });
        let provider = Provider::new(&ProviderConfig {
            url,
            secret_key: "sk_test_1".into(),
            timeout_ms: 5_000,
            connect_timeout_ms: 5_000,
            return_url: "https://shop.example/orders/{order_id}".to_owned(),
            currencies: "EUR, ISK".to_owned(),
        });
        Self {
            provider: provider.unwrap(),
            requests,
        }
    }

    /// The first line of the next request, its headers in lower case, and its decoded parameters.
    fn request(&self) -> (String, String, Vec<(String, String)>) {
        let text = self.requests.recv().unwrap();
        let (head, form) = text.split_once("\r\n\r\n").unwrap();
        let (line, headers) = head.split_once("\r\n").unwrap();
        let url = Url::parse(&format!("http://x/?{form}")).unwrap();
        let form = url.query_pairs().into_owned().collect();
        (line.to_owned(), headers.to_ascii_lowercase(), form)
    }
}

/// One request with its body.
fn request(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).unwrap();
        text.extend_from_slice(&buffer[..count]);
        let so_far = String::from_utf8_lossy(&text).into_owned();
        let Some((head, body)) = so_far.split_once("\r\n\r\n") else {
            continue;
        };
        let head = head.to_ascii_lowercase();
        let length = head.lines().find_map(|line| {
            let length = line.strip_prefix("content-length:")?;
            length.trim().parse::<usize>().ok()
        });
        if body.len() >= length.unwrap_or(0) {
            return so_far;
        }
    }
}

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

const INTENT: &str = "pi_3MtwBwLkdIwHu7ix28a3tqPa";

fn eur(minor_units: i64) -> Money {
    Money::new(minor_units, Currency::EUR)
}

/// <https://docs.stripe.com/api/payment_intents/object>, `#payment_intent_object-<field>` for each field.
fn intent(status: &str, amount: i64, received: i64) -> Value {
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
fn refund(status: &str, amount: i64, currency: &str) -> Value {
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
fn error(kind: &str, code: &str, param: &str) -> Value {
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
        (400, "parameter_invalid_integer", "amount", "parameter_invalid_integer"),
        (400, "resource_missing", "payment_method", "payment_method_unknown"),
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
        (Task::Capture, 2_000, format!("/v1/payment_intents/{INTENT}/capture")),
        (Task::Void, 2_000, format!("/v1/payment_intents/{INTENT}/cancel")),
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
            assert!(form.contains(&("amount".to_owned(), "700".to_owned())), "{form:?}");
        }
    }
}

/// <https://docs.stripe.com/api/pagination>: `data` and `has_more`, newest first.
#[tokio::test]
async fn lists_are_read_in_our_minor_units() {
    let mut icelandic = intent("succeeded", 500, 500);
    icelandic["currency"] = json!("isk");
    let list = |data: Value| json!({"object": "list", "url": "/v1/x", "has_more": false, "data": data});
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

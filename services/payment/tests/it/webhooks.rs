use chassis::reject::Rejection;
use contracts::messages::{PaymentAuthorized, PaymentCaptured, PaymentRefunded};
use kernel::PaymentId;
use serde_json::{Value, json};
use testkit::eventually;

use crate::postman::{SECRET, sign};
use crate::support::{Order, Shop};

#[tokio::test(flavor = "multi_thread")]
async fn events_twice_and_in_any_order_change_nothing() {
    let shop = Shop::open().await;
    let order = shop.captured().await;
    let _: PaymentRefunded = shop.ask(order.id, &order.refund(300)).await;
    let mut events = shop.events().await;
    events.reverse();
    for event in events.iter().chain(&events) {
        shop.deliver(event).await;
    }
    shop.looked().await;
    assert_eq!(shop.booked(&order).await, "authorize capture refund");
    let told = ["authorized", "captured", "refunded"];
    let told = told.map(|word| format!("payment.{word}.v1"));
    assert_eq!(shop.types(order.id), told);
    let kept = "webhook_events WHERE type NOT LIKE 'charge.%'";
    let taken = events
        .iter()
        .filter(|event| !event["type"].as_str().unwrap().starts_with("charge."));
    let taken = i64::try_from(taken.count()).unwrap();
    assert_eq!(shop.sql.count(kept).await, taken);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_webhook_is_refused_and_leaves_nothing() {
    let shop = Shop::open().await;
    let order = shop.authorized().await;
    let event = about(&order, "payment_intent.canceled", "pi_1").to_string();
    let good = sign(SECRET, event.as_bytes());
    let forged = [
        sign("whsec_guessed", event.as_bytes()),
        sign(SECRET, b"{}"),
        String::new(),
        "t=1,v1=".to_owned(),
        good.replace("v1=", "v0="),
        good.replacen("t=1", "t=2", 1),
    ];
    for signature in forged {
        let refused = shop.webhook(event.as_bytes(), signature.clone()).await;
        let rejection = Rejection::from_status(&refused.unwrap_err());
        assert_eq!(rejection.reason, "WEBHOOK_SIGNATURE_INVALID", "{signature}");
    }
    assert_eq!(shop.sql.count("webhook_events").await, 0);
    assert_eq!(shop.sql.count("lookups").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_secret_is_replaced_both_are_good() {
    let shop = Shop::open_with(&[("webhooks.secrets", "whsec_next, whsec_last")]).await;
    let order = shop.authorized().await;
    let event = about(&order, "payment_intent.created", "pi_1").to_string();
    for secret in ["whsec_next", "whsec_last"] {
        let signature = sign(secret, event.as_bytes());
        shop.webhook(event.as_bytes(), signature).await.unwrap();
    }
    let gone = sign(SECRET, event.as_bytes());
    assert!(shop.webhook(event.as_bytes(), gone).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_payload_that_is_no_event_is_named() {
    let shop = Shop::open().await;
    for payload in ["", "null", "{}", "[1]"] {
        let signature = sign(SECRET, payload.as_bytes());
        let refused = shop.webhook(payload.as_bytes(), signature).await;
        let rejection = Rejection::from_status(&refused.unwrap_err());
        assert_eq!(rejection.reason, "VALIDATION_FAILED");
        assert_eq!(rejection.fields[0].0, "payload");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_about_something_unknown_is_taken_and_does_nothing() {
    let shop = Shop::open().await;
    let stranger = Order::new("pm_card_visa");
    let known = shop.authorized().await;
    // Somebody's payment, another intent for ours, and one without our ids.
    shop.deliver(&about(&stranger, "payment_intent.canceled", "pi_7"))
        .await;
    shop.deliver(&about(&known, "payment_intent.canceled", "pi_8"))
        .await;
    let mut strange = about(&known, "payment_intent.canceled", "pi_9");
    strange["data"]["object"]["metadata"] = json!({});
    shop.deliver(&strange).await;
    shop.deliver(&json!({"id": "evt_b", "type": "balance.available",
                         "data": {"object": {"object": "balance"}}}))
        .await;
    assert_eq!(shop.sql.count("lookups").await, 0);
    assert_eq!(shop.status(&known).await, "authorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_event_says_is_not_believed_but_looked_up() {
    let shop = Shop::open().await;
    let order = shop.authorized().await;
    let reference = reference(&shop, &order).await;
    let mut event = about(&order, "payment_intent.canceled", &reference);
    event["data"]["object"]["status"] = json!("canceled");
    shop.deliver(&event).await;
    shop.looked().await;
    assert_eq!(shop.status(&order).await, "authorized");
    let _: PaymentCaptured = shop.ask(order.id, &order.capture()).await;
    assert_eq!(shop.types(order.id).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_overtakes_the_answer_is_enough() {
    let shop = Shop::open().await;
    let order = Order::new("pm_card_visa");
    // Long after the deadline of the test: the answer never comes.
    let slow = json!({"after_ms": 60_000, "operation": "create"});
    shop.control("latency", slow).await;
    shop.send(&order.authorize()).await;
    eventually("the provider has acted", async || {
        (shop.intents(&order).await.len() == 1).then_some(())
    })
    .await;
    shop.deliver_all().await;
    let _: PaymentAuthorized = shop.reply(order.id, 1).await;
    assert_eq!(shop.booked(&order).await, "authorize");
    let open = "operations WHERE finished_at IS NULL";
    assert_eq!(shop.sql.count(open).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_forgotten_after_their_time() {
    let shop = Shop::open_with(&[("retention.sweep_every_s", "1")]).await;
    let order = shop.authorized().await;
    let reference = reference(&shop, &order).await;
    shop.deliver(&about(&order, "payment_intent.created", &reference))
        .await;
    let age = "UPDATE webhook_events SET received_at = now() - interval '31 days'";
    shop.sql.execute(age).await.unwrap();
    eventually("the event is forgotten", async || {
        (shop.sql.count("webhook_events").await == 0).then_some(())
    })
    .await;
}

async fn reference(shop: &Shop, order: &Order) -> String {
    let intents = shop.intents(order).await;
    intents[0]["id"].as_str().unwrap().to_owned()
}

fn about(order: &Order, kind: &str, reference: &str) -> Value {
    json!({
        "id": format!("evt_{}", PaymentId::generate()),
        "object": "event",
        "type": kind,
        "data": {"object": {
            "id": reference,
            "object": "payment_intent",
            "metadata": {"order_id": order.id, "payment_id": order.payment_id},
        }},
    })
}

use chassis::status::Details;
use contracts::messages::{PaymentAuthorized, PaymentCaptured, PaymentRefunded};
use kernel::PaymentId;
use serde_json::{Value, json};
use testkit::eventually;

use crate::support::{Order, Shop};
use crate::webhook_sender::{SECRET, sign};

#[tokio::test(flavor = "multi_thread")]
async fn duplicate_events_in_any_order_change_nothing() {
    let shop = Shop::start().await;
    let order = shop.captured().await;
    let _: PaymentRefunded = shop.call(order.id, &order.refund(300)).await;
    let mut events = shop.events().await;
    events.reverse();
    for event in events.iter().chain(&events) {
        shop.deliver(event).await;
    }
    shop.wait_for_lookups().await;
    assert_eq!(shop.booked(&order).await, "authorize capture refund");
    let types = ["authorized", "captured", "refunded"];
    let types = types.map(|word| format!("payment.{word}.v1"));
    assert_eq!(shop.types(order.id), types);
    let recorded = "webhook_events WHERE type NOT LIKE 'charge.%'";
    let expected = events
        .iter()
        .filter(|event| !event["type"].as_str().unwrap().starts_with("charge."));
    let expected = i64::try_from(expected.count()).unwrap();
    assert_eq!(shop.sql.count(recorded).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_webhook_is_refused_and_records_nothing() {
    let shop = Shop::start().await;
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
        let rejection = Details::from_status(&refused.unwrap_err());
        assert_eq!(rejection.reason, "WEBHOOK_SIGNATURE_INVALID", "{signature}");
    }
    assert_eq!(shop.sql.count("webhook_events").await, 0);
    assert_eq!(shop.sql.count("lookups").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn both_secrets_are_accepted_during_a_replacement() {
    let shop = Shop::start_with(&[("webhooks.secrets", "whsec_next, whsec_last")]).await;
    let order = shop.authorized().await;
    let event = about(&order, "payment_intent.created", "pi_1").to_string();
    for secret in ["whsec_next", "whsec_last"] {
        let signature = sign(secret, event.as_bytes());
        shop.webhook(event.as_bytes(), signature).await.unwrap();
    }
    let removed = sign(SECRET, event.as_bytes());
    assert!(shop.webhook(event.as_bytes(), removed).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_payload_that_is_not_understood_is_accepted_and_kept() {
    let shop = Shop::start().await;
    let large = format!(
        r#"{{"id": "evt_1", "type": "a", "data": "{}"}}"#,
        "x".repeat(70_000)
    );
    let bodies = [
        "",
        "null",
        "{}",
        "[1]",
        "\0",
        r#"{"id":"evt_1","type":"v2.core.event"}"#,
        large.as_str(),
    ];
    for body in bodies {
        let signature = sign(SECRET, body.as_bytes());
        shop.webhook(body.as_bytes(), signature).await.unwrap();
    }
    let kept = i64::try_from(bodies.len()).unwrap();
    assert_eq!(shop.sql.count("webhooks_not_understood").await, kept);
    let cut_off = "webhooks_not_understood WHERE length(payload) = 16384 AND payload_bytes > 70000";
    assert_eq!(shop.sql.count(cut_off).await, 1);
    let metrics = shop.metrics().await;
    let counted = format!(r#"payment_webhooks_total{{outcome="not_understood"}} {kept}"#);
    assert!(metrics.contains(&counted), "{metrics}");
    assert_eq!(shop.sql.count("webhook_events").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_event_and_one_without_an_id_are_accepted() {
    let shop = Shop::start().await;
    let order = shop.authorized().await;
    let mut event = about(&order, "payment_intent.created", "pi_1");
    event["data"]["object"]["description"] = json!("x".repeat(400_000));
    shop.deliver(&event).await;
    assert_eq!(shop.sql.count("webhook_events").await, 1);
    shop.deliver(&json!({"id": "evt_b", "type": "balance.available",
                         "data": {"object": {"object": "balance", "id": null}}}))
        .await;
    assert_eq!(shop.sql.count("webhooks_not_understood").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_about_an_unknown_subject_is_accepted_and_changes_nothing() {
    let shop = Shop::start().await;
    let unknown = Order::new("pm_card_visa");
    let known = shop.authorized().await;
    // An unknown payment, another intent of a known payment, an intent without our ids, and another kind of object.
    shop.deliver(&about(&unknown, "payment_intent.canceled", "pi_7"))
        .await;
    shop.deliver(&about(&known, "payment_intent.canceled", "pi_8"))
        .await;
    let mut foreign = about(&known, "payment_intent.canceled", "pi_9");
    foreign["data"]["object"]["metadata"] = json!({});
    shop.deliver(&foreign).await;
    shop.deliver(&json!({"id": "evt_b", "type": "balance.available",
                         "data": {"object": {"object": "balance"}}}))
        .await;
    assert_eq!(shop.sql.count("lookups").await, 0);
    assert_eq!(shop.status(&known).await, "authorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_intent_of_a_payment_is_canceled_and_the_first_stays() {
    let shop = Shop::start_with(&[("lookups.poll_ms", "50")]).await;
    let order = shop.authorized().await;
    let first = reference(&shop, &order).await;
    let second = second_intent(&shop, &order).await;
    assert_eq!(second["status"], "requires_capture");
    let state = async |id: &str| {
        let intents = shop.intents(&order).await;
        let intent = intents.into_iter().find(|intent| intent["id"] == id);
        intent.unwrap()["status"].as_str().unwrap().to_owned()
    };
    let id = second["id"].as_str().unwrap();
    // A cancellation that fails is retried.
    shop.control(
        "fail",
        json!({"next": 2, "status": 500, "operation": "cancel"}),
    )
    .await;
    let event = about(&order, "payment_intent.amount_capturable_updated", id);
    shop.deliver(&event).await;
    eventually("the second intent is canceled", async || {
        (state(id).await == "canceled").then_some(())
    })
    .await;
    shop.deliver_all().await;
    eventually("the orphan intent is resolved", async || {
        (shop.sql.count("orphan_intents").await == 0).then_some(())
    })
    .await;
    let metrics = shop.metrics().await;
    assert!(
        metrics.contains("payment_orphan_intents_total 1"),
        "{metrics}"
    );
    assert_eq!(state(&first).await, "requires_capture");
    let _: PaymentCaptured = shop.call(order.id, &order.capture()).await;
    assert_eq!(shop.booked(&order).await, "authorize capture");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_answer_with_a_second_intent_cancels_that_intent() {
    let shop = Shop::start_with(&[("lookups.poll_ms", "50")]).await;
    let order = Order::new("pm_card_visa");
    let slow = json!({"after_ms": 4_000, "operation": "create"});
    shop.control("latency", slow).await;
    shop.send(&order.authorize()).await;
    eventually("the provider has acted", async || {
        (shop.intents(&order).await.len() == 1).then_some(())
    })
    .await;
    shop.control("calm", json!({})).await;
    // The event about the second intent arrives before the answer, so the payment refers to the second one.
    let second = second_intent(&shop, &order).await;
    let id = second["id"].as_str().unwrap();
    shop.deliver(&about(&order, "payment_intent.created", id))
        .await;
    let _: PaymentAuthorized = shop.reply(order.id, 1).await;
    eventually("the first intent is canceled", async || {
        let first = shop.intents(&order).await.pop()?;
        (first["id"] != id && first["status"] == "canceled").then_some(())
    })
    .await;
    let _: PaymentCaptured = shop.call(order.id, &order.capture()).await;
    assert_eq!(shop.booked(&order).await, "authorize capture");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lookup_of_a_missing_intent_is_abandoned() {
    let quick = ["first_wait_ms", "challenge_wait_ms", "poll_ms"];
    let quick = quick.map(|key| format!("lookups.{key}"));
    let quick: Vec<_> = quick.iter().map(|key| (key.as_str(), "20")).collect();
    let shop = Shop::start_with(&quick).await;
    let order = shop.authorized().await;
    let missing = "UPDATE payments SET provider_reference = 'pi_missing'";
    shop.sql.execute(missing).await.unwrap();
    shop.deliver(&about(&order, "payment_intent.canceled", "pi_missing"))
        .await;
    assert_eq!(shop.sql.count("webhook_events").await, 1);
    eventually("the lookup is abandoned", async || {
        (shop.sql.count("lookups").await == 0).then_some(())
    })
    .await;
    assert_eq!(shop.status(&order).await, "authorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_only_triggers_a_lookup() {
    let shop = Shop::start().await;
    let order = shop.authorized().await;
    let reference = reference(&shop, &order).await;
    let mut event = about(&order, "payment_intent.canceled", &reference);
    event["data"]["object"]["status"] = json!("canceled");
    shop.deliver(&event).await;
    shop.wait_for_lookups().await;
    assert_eq!(shop.status(&order).await, "authorized");
    let _: PaymentCaptured = shop.call(order.id, &order.capture()).await;
    assert_eq!(shop.types(order.id).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_before_the_answer_suffices() {
    let shop = Shop::start().await;
    let order = Order::new("pm_card_visa");
    // Longer than the test: the answer never arrives.
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
async fn events_are_deleted_after_their_retention_time() {
    let shop = Shop::start_with(&[("retention.sweep_every_s", "1")]).await;
    let order = shop.authorized().await;
    let reference = reference(&shop, &order).await;
    shop.deliver(&about(&order, "payment_intent.created", &reference))
        .await;
    let age = "UPDATE webhook_events SET received_at = now() - interval '31 days'";
    shop.sql.execute(age).await.unwrap();
    eventually("the event is deleted", async || {
        (shop.sql.count("webhook_events").await == 0).then_some(())
    })
    .await;
}

/// A second intent for the payment, created at the provider without `payment`.
async fn second_intent(shop: &Shop, order: &Order) -> Value {
    let (order_id, payment_id) = (order.id.to_string(), order.payment_id.to_string());
    let form = [
        ("amount", "1299"),
        ("currency", "eur"),
        ("payment_method", "pm_card_visa"),
        ("payment_method_types[]", "card"),
        ("capture_method", "manual"),
        ("confirm", "true"),
        ("metadata[order_id]", &order_id),
        ("metadata[payment_id]", &payment_id),
    ];
    shop.post_to_provider("payment_intents", &form).await
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

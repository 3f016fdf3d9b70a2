//! Webhooks of the provider: twice, late, out of order, or forged.

use e2e::{Answer, Customer, Shop};
use hmac::{Hmac, KeyInit, Mac};
use kernel::Clock;
use serde_json::{Value, json};
use sha2::Sha256;

/// Buys with a challenge, ships and refunds a part, so that the provider sends many events.
async fn sale_with_refund(shop: &Shop) -> (Customer, String) {
    shop.product("LAMP", 2_000, 5).await;
    let mut customer = shop.customer().await;
    let order = customer
        .buy("LAMP", 1, "pm_card_threeDSecure2Required")
        .await;
    customer
        .wait_until(&order, "3-D Secure is required", |order| {
            order["next_action"].is_object()
        })
        .await;
    shop.authenticate(&order, "succeed").await;
    customer.wait_for(&order, "confirmed").await;
    let staff = shop.staff().await;
    staff.ship(&order).await;
    customer.wait_for(&order, "shipped").await;
    let refund = staff.request_refund(&order, Some(500), "part").await;
    let id = refund.ok()["id"].clone();
    customer
        .wait_until(&order, "the refund succeeds", |order| {
            let refunds = order["refunds"].as_array().unwrap();
            refunds
                .iter()
                .any(|refund| refund["id"] == id && refund["status"] == "succeeded")
        })
        .await;
    (customer, order)
}

/// Waits until payment has stored `count` events of the provider and has processed all of them.
async fn wait_until_processed(shop: &Shop, count: i64) {
    testkit::eventually("all events are processed", async || {
        let stored = shop
            .count("payment", "SELECT count(*) FROM webhook_events")
            .await;
        (stored >= count).then_some(())
    })
    .await;
    shop.wait_until_quiet().await;
}

async fn assert_one_sale(shop: &Shop, customer: &Customer, order: &str) {
    let payment = customer.get(&format!("/orders/{order}/payment")).await;
    assert_eq!(payment["status"], "captured");
    assert_eq!(payment["refunded"]["minor_units"], 500);
    let booked = shop.ledger(order).await;
    let kinds = |kind: &str| booked.iter().filter(|(of, ..)| of == kind).count();
    assert_eq!((kinds("authorize"), kinds("refund")), (2, 2), "{booked:?}");
    assert_eq!(booked.iter().map(|(.., amount)| amount.0).sum::<i64>(), 0);
    assert_eq!(customer.status(order).await, "shipped");
    assert_eq!(shop.stock("LAMP").await, (4, 0));
    assert_eq!(shop.intents().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_that_arrive_three_times_have_one_effect() {
    let shop = Shop::open().await;
    shop.misbehave("webhooks", json!({"duplicate": 2.0})).await;
    let (customer, order) = sale_with_refund(&shop).await;
    wait_until_processed(&shop, 3).await;
    assert_one_sale(&shop, &customer, &order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_out_of_order_change_nothing() {
    let shop = Shop::open().await;
    let how = json!({"reorder": true, "duplicate": 1.0, "delay_ms": 200});
    shop.misbehave("webhooks", how).await;
    let (customer, order) = sale_with_refund(&shop).await;
    wait_until_processed(&shop, 3).await;
    assert_one_sale(&shop, &customer, &order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_wait_while_payment_is_down() {
    let shop = Shop::open().await;
    shop.product("VASE", 2_000, 5).await;
    let mut customer = shop.customer().await;
    let order = customer
        .buy("VASE", 1, "pm_card_threeDSecure2Required")
        .await;
    customer
        .wait_until(&order, "3-D Secure is required", |order| {
            order["next_action"].is_object()
        })
        .await;
    shop.payment.cut();
    let refused = deliver(&shop, &json!({"id": "evt_1"}), &signature("{}", 0)).await;
    assert_eq!((refused.status, refused.problem()), (503, "unavailable"));
    assert!(refused.retry_after.is_some());
    let intent = only_intent(&shop).await;
    let path = format!("payment_intents/{intent}/authenticate");
    shop.misbehave(&path, json!({"outcome": "succeed"})).await;
    shop.payment.restore();
    customer.wait_for(&order, "confirmed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_webhook_is_refused() {
    let shop = Shop::open().await;
    let event = json!({"id": "evt_1", "object": "event", "type": "payment_intent.canceled",
        "data": {"object": {"id": "pi_1", "object": "payment_intent"}}});
    let body = event.to_string();
    let refused = async |forged: String| {
        let answer = deliver(&shop, &event, &forged).await;
        let seen = (answer.status, answer.problem());
        assert_eq!(seen, (400, "webhook-signature-invalid"), "{forged}");
    };
    // The tolerance is 300 s. A slow machine makes an old signature older, so 301 s are enough; it would
    // make a new one valid, so 600 s. The exact limits are in the unit tests of `payment`.
    refused(signature(&body, -301)).await;
    refused(signature(&body, 600)).await;
    refused(signature("another body", 0)).await;
    let good = signature(&body, 0);
    let cut = good[..good.len() - 2].to_owned();
    for forged in [cut, "t=1".to_owned(), "v1=00".to_owned()] {
        refused(forged).await;
    }
    let answer = deliver(&shop, &event, &good).await;
    assert_eq!((answer.status, answer.body), (200, json!({})));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_webhook_with_a_false_state_has_no_effect() {
    let shop = Shop::open().await;
    shop.product("BOWL", 2_000, 5).await;
    let mut customer = shop.customer().await;
    let order = customer.buy("BOWL", 1, "pm_card_visa").await;
    customer.wait_for(&order, "confirmed").await;
    let intent = only_intent(&shop).await;
    let event = json!({"id": "evt_lie", "object": "event", "type": "payment_intent.canceled",
        "created": now(), "livemode": false,
        "data": {"object": {"id": intent, "object": "payment_intent", "status": "canceled",
            "cancellation_reason": "automatic", "metadata": metadata(&shop, &intent).await}}});
    let answer = deliver(&shop, &event, &signature(&event.to_string(), 0)).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    testkit::eventually("the event is processed", async || {
        let sql = "SELECT count(*) FROM webhook_events WHERE id = 'evt_lie'";
        (shop.count("payment", sql).await == 1).then_some(())
    })
    .await;
    // The order would be canceled by now if payment trusted the event. Shipping captures the payment.
    shop.staff().await.ship(&order).await;
    customer.wait_for(&order, "shipped").await;
}

async fn only_intent(shop: &Shop) -> String {
    let database = shop.database("payment").await;
    let sql = "SELECT provider_reference FROM payments";
    database.query_one(sql, &[]).await.unwrap().get(0)
}

async fn metadata(shop: &Shop, intent: &str) -> Value {
    let path = format!("/v1/payment_intents/{intent}");
    shop.provider_says(&path).await["metadata"].clone()
}

async fn deliver(shop: &Shop, event: &Value, signature: &str) -> Answer {
    shop.send_webhook(event.to_string(), signature).await
}

fn now() -> i64 {
    Clock::system().now().timestamp()
}

/// The signature of the provider at `seconds` from now.
fn signature(body: &str, seconds: i64) -> String {
    let time = now() + seconds;
    let secret = Shop::webhook_secret();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{time}.{body}").as_bytes());
    let bytes = mac.finalize().into_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={time},v1={hex}")
}

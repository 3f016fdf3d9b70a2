//! Unknown outcomes: the provider stores an error under the idempotency key and replays it, or its answer is lost.

use contracts::messages::{
    CaptureFailed, PaymentAuthorized, PaymentCaptured, PaymentDeclined, PaymentRefunded,
    PaymentVoided, RefundFailed,
};
use serde_json::json;

use crate::support::{Order, Shop};

/// The next call of `operation` has a stored 500 as its answer; the provider acts (`act`) or does not (`store`).
async fn fail_with_stored_error(shop: &Shop, operation: &str, mode: &str) {
    let fail = json!({"next": 1, "status": 500, "operation": operation, "mode": mode});
    shop.control("fail", fail).await;
}

async fn key_number(shop: &Shop, order: &Order, kind: &str) -> String {
    let sql = format!(
        "SELECT key_number::text AS value FROM operations
         WHERE payment_id = '{}' AND kind = '{kind}'",
        order.payment_id
    );
    shop.sql.text(&sql).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_behind_a_stored_error_is_found_and_adopted() {
    let shop = Shop::start().await;
    fail_with_stored_error(&shop, "create", "act").await;
    let order = Order::new("pm_card_visa");
    let _: PaymentAuthorized = shop.call(order.id, &order.authorize()).await;
    assert_eq!(shop.intents(&order).await.len(), 1);
    assert_eq!(shop.booked(&order).await, "authorize");
    assert_eq!(key_number(&shop, &order, "authorize").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decline_behind_a_stored_error_is_found_with_its_code() {
    let shop = Shop::start().await;
    fail_with_stored_error(&shop, "create", "act").await;
    let order = Order::new("pm_card_chargeDeclinedLostCard");
    let declined: PaymentDeclined = shop.call(order.id, &order.authorize()).await;
    assert_eq!(declined.code, "card_declined");
    assert_eq!(shop.intents(&order).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_that_was_never_made_is_requested_with_a_new_key() {
    let shop = Shop::start().await;
    fail_with_stored_error(&shop, "create", "store").await;
    let order = Order::new("pm_card_visa");
    let _: PaymentAuthorized = shop.call(order.id, &order.authorize()).await;
    assert_eq!(shop.intents(&order).await.len(), 1);
    assert_eq!(key_number(&shop, &order, "authorize").await, "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_second_key_is_replaced_too() {
    let shop = Shop::start().await;
    let fail = json!({"next": 2, "status": 500, "operation": "create", "mode": "store"});
    // The replay of the first failure does not count as the second: that one hits the second key.
    shop.control("fail", fail).await;
    let order = Order::new("pm_card_visa");
    let _: PaymentAuthorized = shop.call(order.id, &order.authorize()).await;
    assert_eq!(shop.intents(&order).await.len(), 1);
    assert_eq!(shop.booked(&order).await, "authorize");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_key_is_not_replaced_until_the_search_succeeds() {
    let shop = Shop::start().await;
    fail_with_stored_error(&shop, "create", "act").await;
    let order = Order::new("pm_card_visa");
    shop.send(&order.authorize()).await;
    shop.wait_for_attempts(&order, "authorize", 1).await;
    let unreadable = json!({"next": 4, "status": 503, "operation": "read"});
    shop.control("fail", unreadable).await;
    let _: PaymentAuthorized = shop.reply(order.id, 1).await;
    assert_eq!(key_number(&shop, &order, "authorize").await, "1");
    assert_eq!(shop.intents(&order).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_not_spent_requires_no_search() {
    let shop = Shop::start().await;
    let unreadable = json!({"next": 100_000, "status": 503, "operation": "read"});
    shop.control("fail", unreadable).await;
    let lose = json!({"next": 5, "operation": "create", "acts": false});
    shop.control("lose", lose).await;
    let order = Order::new("pm_card_visa");
    let _: PaymentAuthorized = shop.call(order.id, &order.authorize()).await;
    shop.control("calm", json!({})).await;
    assert_eq!(shop.intents(&order).await.len(), 1);
    assert_eq!(key_number(&shop, &order, "authorize").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_renews_its_lease() {
    let shop = Shop::start_with(&[("provider.timeout_ms", "1000"), ("worker.lease_ms", "2100")]);
    let shop = shop.await;
    let form = [("amount", "100"), ("currency", "eur")];
    for _ in 0..4 {
        // Four pages: each is read within the lease, all of them are not.
        for _ in 0..100 {
            shop.post_to_provider("payment_intents", &form).await;
        }
    }
    fail_with_stored_error(&shop, "create", "store").await;
    let slow = json!({"after_ms": 700, "operation": "read"});
    shop.control("latency", slow).await;
    let order = Order::new("pm_card_visa");
    let _: PaymentAuthorized = shop.call(order.id, &order.authorize()).await;
    shop.control("calm", json!({})).await;
    assert_eq!(key_number(&shop, &order, "authorize").await, "2");
    assert_eq!(shop.status(&order).await, "authorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_outcome_of_a_refused_key_is_found() {
    let mut shop = Shop::start().await;
    let lose = json!({"next": 100_000, "operation": "create"});
    shop.control("lose", lose).await;
    let order = Order::new("pm_card_visa");
    shop.send(&order.authorize()).await;
    shop.wait_for_attempts(&order, "authorize", 1).await;
    shop.stop_payment().await;
    shop.control("calm", json!({})).await;
    // The request changes, so the provider refuses the key.
    shop.change("provider.return_url", "https://shop.example/{order_id}");
    shop.start_payment().await;
    let _: PaymentAuthorized = shop.reply(order.id, 1).await;
    assert_eq!(shop.intents(&order).await.len(), 1);
    assert_eq!(key_number(&shop, &order, "authorize").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_behind_a_stored_error_captures_once() {
    let shop = Shop::start().await;
    for (mode, key) in [("act", "1"), ("store", "2")] {
        let order = shop.authorized().await;
        fail_with_stored_error(&shop, "capture", mode).await;
        let _: PaymentCaptured = shop.call(order.id, &order.capture()).await;
        assert_eq!(shop.intents(&order).await[0]["amount_received"], 1299);
        assert_eq!(shop.booked(&order).await, "authorize capture");
        assert_eq!(key_number(&shop, &order, "capture").await, key);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_behind_a_stored_error_ends_the_authorization() {
    let shop = Shop::start().await;
    for (mode, key) in [("act", "1"), ("store", "2")] {
        let order = shop.authorized().await;
        fail_with_stored_error(&shop, "cancel", mode).await;
        let _: PaymentVoided = shop.call(order.id, &order.void()).await;
        assert_eq!(shop.intents(&order).await[0]["status"], "canceled");
        assert_eq!(shop.booked(&order).await, "authorize void");
        assert_eq!(key_number(&shop, &order, "void").await, key);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_behind_a_stored_error_is_made_once() {
    let shop = Shop::start().await;
    for (mode, key) in [("act", "1"), ("store", "2")] {
        let order = shop.captured().await;
        fail_with_stored_error(&shop, "refund", mode).await;
        let _: PaymentRefunded = shop.call(order.id, &order.refund(500)).await;
        assert_eq!(shop.refunds(&order).await.len(), 1);
        assert_eq!(shop.booked(&order).await, "authorize capture refund");
        assert_eq!(key_number(&shop, &order, "refund").await, key);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_never_arrived_is_repeated_with_the_same_key() {
    let shop = Shop::start().await;
    let lose = json!({"next": 5, "operation": "create", "acts": false});
    shop.control("lose", lose).await;
    let order = Order::new("pm_card_visa");
    let _: PaymentAuthorized = shop.call(order.id, &order.authorize()).await;
    assert_eq!(shop.intents(&order).await.len(), 1);
    assert_eq!(key_number(&shop, &order, "authorize").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_capture_can_be_repeated_for_the_next_shipment() {
    let shop = Shop::start().await;
    let order = Order::new("pm_card_captureFailOnce");
    let _: PaymentAuthorized = shop.call(order.id, &order.authorize()).await;
    let failed: CaptureFailed = shop.call(order.id, &order.capture_for(1)).await;
    assert_eq!(failed.shipment, 1);
    assert_eq!(shop.status(&order).await, "authorized");
    let _: PaymentCaptured = shop.call(order.id, &order.capture_for(2)).await;
    assert_eq!(shop.booked(&order).await, "authorize capture");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_returned_refund_is_reversed_and_can_be_requested_again() {
    let shop = Shop::start().await;
    let order = Order::new("pm_card_refundFail");
    let _: PaymentAuthorized = shop.call(order.id, &order.authorize()).await;
    let _: PaymentCaptured = shop.call(order.id, &order.capture()).await;
    let _: PaymentRefunded = shop.call(order.id, &order.refund(1299)).await;
    let id = shop.refunds(&order).await[0]["id"].clone();
    let path = format!("refunds/{}/settle", id.as_str().unwrap());
    shop.control(&path, json!({})).await;
    shop.deliver_all().await;
    let failed: RefundFailed = shop.reply(order.id, 1).await;
    assert_ne!(failed.code, "");
    let booked = shop.booked(&order).await;
    assert_eq!(booked, "authorize capture refund refund_reversal");
    assert_eq!(shop.sql.count("payments WHERE refunded_minor = 0").await, 1);

    shop.send(&order.refund(1299)).await;
    let _: PaymentRefunded = shop.reply(order.id, 2).await;
    assert_eq!(
        shop.sql.count("payments WHERE refunded_minor = 1299").await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_returned_refund_is_found_without_a_webhook() {
    let shop =
        Shop::start_with(&[("lookups.first_wait_ms", "50"), ("lookups.poll_ms", "50")]).await;
    let order = Order::new("pm_card_refundFail");
    let _: PaymentAuthorized = shop.call(order.id, &order.authorize()).await;
    let _: PaymentCaptured = shop.call(order.id, &order.capture()).await;
    let _: PaymentRefunded = shop.call(order.id, &order.refund(299)).await;
    let id = shop.refunds(&order).await[0]["id"].clone();
    let path = format!("refunds/{}/settle", id.as_str().unwrap());
    shop.control(&path, json!({})).await;
    let _: RefundFailed = shop.reply(order.id, 1).await;
    assert_eq!(shop.sql.count("payments WHERE refunded_minor = 0").await, 1);
}

//! Outcomes that the provider hides behind an error that it repeats for ever.

use contracts::messages::{
    CaptureFailed, PaymentAuthorized, PaymentCaptured, PaymentDeclined, PaymentRefunded,
    PaymentVoided, RefundFailed,
};
use serde_json::json;

use crate::support::{Order, Shop};

/// The next call of `operation` answers 500 for good, after acting (`act`) or instead (`store`).
async fn stored_error(shop: &Shop, operation: &str, mode: &str) {
    let fail = json!({"next": 1, "status": 500, "operation": operation, "mode": mode});
    shop.control("fail", fail).await;
}

async fn keys(shop: &Shop, order: &Order, kind: &str) -> String {
    let sql = format!(
        "SELECT key_number::text AS value FROM operations
         WHERE payment_id = '{}' AND kind = '{kind}'",
        order.payment_id
    );
    shop.sql.text(&sql).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_behind_a_stored_error_is_found_and_adopted() {
    let shop = Shop::open().await;
    stored_error(&shop, "create", "act").await;
    let order = Order::new("pm_card_visa");
    let _: PaymentAuthorized = shop.ask(order.id, &order.authorize()).await;
    assert_eq!(shop.intents(&order).await.len(), 1);
    assert_eq!(shop.booked(&order).await, "authorize");
    assert_eq!(keys(&shop, &order, "authorize").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decline_behind_a_stored_error_is_found_with_its_code() {
    let shop = Shop::open().await;
    stored_error(&shop, "create", "act").await;
    let order = Order::new("pm_card_chargeDeclinedLostCard");
    let declined: PaymentDeclined = shop.ask(order.id, &order.authorize()).await;
    assert_eq!(declined.code, "lost_card");
    assert_eq!(shop.intents(&order).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_that_definitely_never_was_is_asked_for_with_a_new_key() {
    let shop = Shop::open().await;
    stored_error(&shop, "create", "store").await;
    let order = Order::new("pm_card_visa");
    let _: PaymentAuthorized = shop.ask(order.id, &order.authorize()).await;
    assert_eq!(shop.intents(&order).await.len(), 1);
    assert_eq!(keys(&shop, &order, "authorize").await, "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_that_is_spent_too_is_followed_by_another() {
    let shop = Shop::open().await;
    let fail = json!({"next": 2, "status": 500, "operation": "create", "mode": "store"});
    // The second failure would fall on the replay of the first: it waits for the next key.
    shop.control("fail", fail).await;
    let order = Order::new("pm_card_visa");
    let _: PaymentAuthorized = shop.ask(order.id, &order.authorize()).await;
    assert_eq!(shop.intents(&order).await.len(), 1);
    assert_eq!(shop.booked(&order).await, "authorize");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_provider_cannot_be_asked_what_it_did_nothing_new_is_tried() {
    let shop = Shop::open().await;
    stored_error(&shop, "create", "act").await;
    let order = Order::new("pm_card_visa");
    shop.send(&order.authorize()).await;
    shop.tried(&order, "authorize", 1).await;
    let blind = json!({"next": 4, "status": 503, "operation": "read"});
    shop.control("fail", blind).await;
    let _: PaymentAuthorized = shop.reply(order.id, 1).await;
    assert_eq!(keys(&shop, &order, "authorize").await, "1");
    assert_eq!(shop.intents(&order).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_not_spent_needs_no_look_that_succeeds() {
    let shop = Shop::open().await;
    let blind = json!({"next": 100_000, "status": 503, "operation": "read"});
    shop.control("fail", blind).await;
    let lose = json!({"next": 5, "operation": "create", "acts": false});
    shop.control("lose", lose).await;
    let order = Order::new("pm_card_visa");
    let _: PaymentAuthorized = shop.ask(order.id, &order.authorize()).await;
    shop.control("calm", json!({})).await;
    assert_eq!(shop.intents(&order).await.len(), 1);
    assert_eq!(keys(&shop, &order, "authorize").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_outlasts_the_lease_ends_with_a_new_key() {
    let shop = Shop::open_with(&[("provider.timeout_ms", "1000"), ("worker.lease_ms", "2100")]);
    let shop = shop.await;
    let form = [("amount", "100"), ("currency", "eur")];
    for _ in 0..4 {
        // Four pages, each read within the lease.
        for _ in 0..100 {
            shop.behind_our_back("payment_intents", &form).await;
        }
    }
    stored_error(&shop, "create", "store").await;
    let slow = json!({"after_ms": 700, "operation": "read"});
    shop.control("latency", slow).await;
    let order = Order::new("pm_card_visa");
    let _: PaymentAuthorized = shop.ask(order.id, &order.authorize()).await;
    shop.control("calm", json!({})).await;
    assert_eq!(keys(&shop, &order, "authorize").await, "2");
    assert_eq!(shop.status(&order).await, "authorized");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_of_a_key_that_is_refused_is_found() {
    let mut shop = Shop::open().await;
    let lose = json!({"next": 100_000, "operation": "create"});
    shop.control("lose", lose).await;
    let order = Order::new("pm_card_visa");
    shop.send(&order.authorize()).await;
    shop.tried(&order, "authorize", 1).await;
    shop.stop_payment().await;
    shop.control("calm", json!({})).await;
    // Another request under the same key: the provider refuses it.
    shop.change("provider.return_url", "https://shop.example/{order_id}");
    shop.start_payment().await;
    let _: PaymentAuthorized = shop.reply(order.id, 1).await;
    assert_eq!(shop.intents(&order).await.len(), 1);
    assert_eq!(keys(&shop, &order, "authorize").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_behind_a_stored_error_takes_the_money_once() {
    let shop = Shop::open().await;
    for (mode, key) in [("act", "1"), ("store", "2")] {
        let order = shop.authorized().await;
        stored_error(&shop, "capture", mode).await;
        let _: PaymentCaptured = shop.ask(order.id, &order.capture()).await;
        assert_eq!(shop.intents(&order).await[0]["amount_received"], 1299);
        assert_eq!(shop.booked(&order).await, "authorize capture");
        assert_eq!(keys(&shop, &order, "capture").await, key);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_behind_a_stored_error_lets_the_hold_go() {
    let shop = Shop::open().await;
    for (mode, key) in [("act", "1"), ("store", "2")] {
        let order = shop.authorized().await;
        stored_error(&shop, "cancel", mode).await;
        let _: PaymentVoided = shop.ask(order.id, &order.void()).await;
        assert_eq!(shop.intents(&order).await[0]["status"], "canceled");
        assert_eq!(shop.booked(&order).await, "authorize void");
        assert_eq!(keys(&shop, &order, "void").await, key);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_behind_a_stored_error_goes_back_once() {
    let shop = Shop::open().await;
    for (mode, key) in [("act", "1"), ("store", "2")] {
        let order = shop.captured().await;
        stored_error(&shop, "refund", mode).await;
        let _: PaymentRefunded = shop.ask(order.id, &order.refund(500)).await;
        assert_eq!(shop.refunds(&order).await.len(), 1);
        assert_eq!(shop.booked(&order).await, "authorize capture refund");
        assert_eq!(keys(&shop, &order, "refund").await, key);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_before_the_provider_acts_is_asked_again() {
    let shop = Shop::open().await;
    let lose = json!({"next": 5, "operation": "create", "acts": false});
    shop.control("lose", lose).await;
    let order = Order::new("pm_card_visa");
    let _: PaymentAuthorized = shop.ask(order.id, &order.authorize()).await;
    assert_eq!(shop.intents(&order).await.len(), 1);
    assert_eq!(keys(&shop, &order, "authorize").await, "1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_that_the_bank_refuses_at_shipment_fails_and_can_be_tried_again() {
    let shop = Shop::open().await;
    let order = Order::new("pm_card_captureFailOnce");
    let _: PaymentAuthorized = shop.ask(order.id, &order.authorize()).await;
    let failed: CaptureFailed = shop.ask(order.id, &order.capture_for(1)).await;
    assert_eq!(failed.shipment, 1);
    assert_eq!(shop.status(&order).await, "authorized");
    let _: PaymentCaptured = shop.ask(order.id, &order.capture_for(2)).await;
    assert_eq!(shop.booked(&order).await, "authorize capture");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_the_bank_sends_back_is_booked_back_and_can_be_asked_for_again() {
    let shop = Shop::open().await;
    let order = Order::new("pm_card_refundFail");
    let _: PaymentAuthorized = shop.ask(order.id, &order.authorize()).await;
    let _: PaymentCaptured = shop.ask(order.id, &order.capture()).await;
    let _: PaymentRefunded = shop.ask(order.id, &order.refund(1299)).await;
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
async fn a_refund_that_the_bank_sends_back_is_found_when_no_webhook_ever_comes() {
    let shop = Shop::open_with(&[("lookups.first_wait_ms", "50"), ("lookups.poll_ms", "50")]).await;
    let order = Order::new("pm_card_refundFail");
    let _: PaymentAuthorized = shop.ask(order.id, &order.authorize()).await;
    let _: PaymentCaptured = shop.ask(order.id, &order.capture()).await;
    let _: PaymentRefunded = shop.ask(order.id, &order.refund(299)).await;
    let id = shop.refunds(&order).await[0]["id"].clone();
    let path = format!("refunds/{}/settle", id.as_str().unwrap());
    shop.control(&path, json!({})).await;
    let _: RefundFailed = shop.reply(order.id, 1).await;
    assert_eq!(shop.sql.count("payments WHERE refunded_minor = 0").await, 1);
}

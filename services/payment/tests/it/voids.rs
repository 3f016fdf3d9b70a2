use contracts::messages::{PaymentDeclined, PaymentVoided};
use serde_json::json;

use crate::support::{Order, Shop};

#[tokio::test(flavor = "multi_thread")]
async fn a_void_ends_the_authorization() {
    let shop = Shop::start().await;
    let order = shop.authorized().await;
    let _: PaymentVoided = shop.call(order.id, &order.void()).await;
    assert_eq!(shop.intents(&order).await[0]["status"], "canceled");
    assert_eq!(shop.booked(&order).await, "authorize void");
    assert_eq!(shop.status(&order).await, "voided");

    shop.send(&order.void()).await;
    let _: PaymentVoided = shop.reply(order.id, 2).await;
    assert_eq!(shop.booked(&order).await, "authorize void");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_void_is_counted_once() {
    let shop = Shop::start().await;
    let order = Order::new("pm_card_visa");
    let _: PaymentVoided = shop.call(order.id, &order.void()).await;
    shop.send(&order.void()).await;
    let _: PaymentVoided = shop.reply(order.id, 2).await;
    let metrics = shop.metrics().await;
    let counted = metrics
        .lines()
        .find(|line| line.starts_with("payments_total{") && line.contains(r#"outcome="voided""#));
    assert!(counted.unwrap().ends_with(" 1"), "{counted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorize_after_its_void_makes_no_call() {
    let shop = Shop::start().await;
    let order = Order::new("pm_card_visa");
    let _: PaymentVoided = shop.call(order.id, &order.void()).await;
    let declined: PaymentDeclined = shop.call(order.id, &order.authorize()).await;
    assert_eq!(declined.code, "voided");
    assert_eq!(shop.intents(&order).await.len(), 0);
    assert_eq!(shop.sql.count("operations").await, 0);
    assert_eq!(shop.booked(&order).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_during_the_call_waits_for_the_outcome_then_voids() {
    let shop = Shop::start().await;
    let order = Order::new("pm_card_visa");
    shop.control("latency", json!({"before_ms": 300, "operation": "create"}))
        .await;
    shop.send(&order.authorize()).await;
    shop.wait_for_attempts(&order, "authorize", 1).await;
    let _: PaymentVoided = shop.call(order.id, &order.void()).await;
    assert_eq!(shop.types(order.id), ["payment.voided.v1"]);
    assert_eq!(shop.intents(&order).await[0]["status"], "canceled");
    assert_eq!(shop.booked(&order).await, "authorize void");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_during_a_decline_has_its_reply() {
    let shop = Shop::start().await;
    let order = Order::new("pm_card_chargeDeclined");
    shop.control("latency", json!({"before_ms": 300, "operation": "create"}))
        .await;
    shop.send(&order.authorize()).await;
    shop.wait_for_attempts(&order, "authorize", 1).await;
    let _: PaymentVoided = shop.call(order.id, &order.void()).await;
    assert_eq!(shop.status(&order).await, "declined");
    assert_eq!(shop.booked(&order).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_before_the_first_call_withdraws_the_authorization() {
    // One slow call at a time, so the second order waits.
    let shop = Shop::start_with(&[("worker.concurrency", "1")]).await;
    let (first, second) = (Order::new("pm_card_visa"), Order::new("pm_card_visa"));
    shop.control(
        "latency",
        json!({"before_ms": 3_000, "operation": "create"}),
    )
    .await;
    shop.send(&first.authorize()).await;
    shop.wait_for_attempts(&first, "authorize", 1).await;
    shop.send(&second.authorize()).await;
    let _: PaymentVoided = shop.call(second.id, &second.void()).await;
    assert_eq!(shop.status(&second).await, "voided");
    let withdrawn = "operations WHERE outcome = 'not_needed' AND attempts = 0";
    assert_eq!(shop.sql.count(withdrawn).await, 1);
    assert_eq!(shop.intents(&second).await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_payment_can_be_voided() {
    let shop = Shop::start().await;
    let order = Order::new("pm_card_chargeDeclined");
    let _: PaymentDeclined = shop.call(order.id, &order.authorize()).await;
    let _: PaymentVoided = shop.call(order.id, &order.void()).await;
    assert_eq!(shop.status(&order).await, "declined");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_of_a_captured_payment_is_a_dead_letter() {
    let shop = Shop::start().await;
    let order = shop.captured().await;
    shop.send(&order.void()).await;
    let error = shop.dead_letter().await;
    assert!(error.contains("cannot be voided"), "{error}");
    assert_eq!(shop.status(&order).await, "captured");
}

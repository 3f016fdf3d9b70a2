use contracts::messages::{PaymentRefunded, RefundFailed};
use serde_json::json;

use crate::support::{Shop, eur};

#[tokio::test(flavor = "multi_thread")]
async fn partial_refunds_are_limited_to_the_captured_amount() {
    let shop = Shop::start().await;
    let order = shop.captured().await;
    shop.send(&order.refund(1000)).await;
    let _: PaymentRefunded = shop.reply(order.id, 1).await;
    let refused: RefundFailed = shop.call(order.id, &order.refund(300)).await;
    assert_eq!(refused.code, "amount_too_large");
    shop.send(&order.refund(299)).await;
    let _: PaymentRefunded = shop.reply(order.id, 2).await;
    assert_eq!(shop.refunds(&order).await.len(), 2);
    assert_eq!(shop.booked(&order).await, "authorize capture refund refund");
    let fully_refunded = "payments WHERE refunded_minor = amount_minor";
    assert_eq!(shop.sql.count(fully_refunded).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_refunds_are_limited_to_the_captured_amount() {
    let shop = Shop::start().await;
    let order = shop.captured().await;
    shop.control("latency", json!({"before_ms": 100, "operation": "refund"}))
        .await;
    for _ in 0..5 {
        shop.send(&order.refund(500)).await;
    }
    let _: PaymentRefunded = shop.reply(order.id, 2).await;
    let _: RefundFailed = shop.reply(order.id, 3).await;
    assert_eq!(shop.refunds(&order).await.len(), 2);
    assert_eq!(shop.booked(&order).await, "authorize capture refund refund");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_refund_that_failed_has_the_same_reply() {
    let shop = Shop::start().await;
    let order = shop.authorized().await;
    let command = order.refund(1);
    let first: RefundFailed = shop.call(order.id, &command).await;
    assert_eq!(first.code, "not_captured");
    shop.send(&command).await;
    let second: RefundFailed = shop.reply(order.id, 2).await;
    assert_eq!(first, second);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_amount_for_the_same_refund_is_a_dead_letter() {
    let shop = Shop::start().await;
    let order = shop.captured().await;
    let mut command = order.refund(100);
    let _: PaymentRefunded = shop.call(order.id, &command).await;
    command.amount = eur(200);
    shop.send(&command).await;
    let error = shop.dead_letter().await;
    assert!(error.contains("on other terms"), "{error}");
    assert_eq!(shop.refunds(&order).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_whose_answer_is_lost_is_made_once() {
    let shop = Shop::start().await;
    let order = shop.captured().await;
    shop.control("lose", json!({"next": 1, "operation": "refund"}))
        .await;
    let _: PaymentRefunded = shop.call(order.id, &order.refund(500)).await;
    assert_eq!(shop.refunds(&order).await.len(), 1);
}

use contracts::messages::{PaymentRefunded, RefundFailed};
use serde_json::json;

use crate::support::{Shop, eur};

#[tokio::test(flavor = "multi_thread")]
async fn partial_refunds_stop_at_what_was_captured() {
    let shop = Shop::open().await;
    let order = shop.captured().await;
    shop.send(&order.refund(1000)).await;
    let _: PaymentRefunded = shop.reply(order.id, 1).await;
    let too_much: RefundFailed = shop.ask(order.id, &order.refund(300)).await;
    assert_eq!(too_much.code, "amount_too_large");
    shop.send(&order.refund(299)).await;
    let _: PaymentRefunded = shop.reply(order.id, 2).await;
    assert_eq!(shop.refunds(&order).await.len(), 2);
    assert_eq!(shop.booked(&order).await, "authorize capture refund refund");
    let all_of_it = "payments WHERE refunded_minor = amount_minor";
    assert_eq!(shop.sql.count(all_of_it).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn refunds_at_once_give_back_no_more_than_was_captured() {
    let shop = Shop::open().await;
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
async fn a_refund_that_failed_fails_again_the_same_way() {
    let shop = Shop::open().await;
    let order = shop.authorized().await;
    let command = order.refund(1);
    let first: RefundFailed = shop.ask(order.id, &command).await;
    assert_eq!(first.code, "not_captured");
    shop.send(&command).await;
    let second: RefundFailed = shop.reply(order.id, 2).await;
    assert_eq!(first, second);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_amount_for_the_same_refund_is_a_dead_letter() {
    let shop = Shop::open().await;
    let order = shop.captured().await;
    let mut command = order.refund(100);
    let _: PaymentRefunded = shop.ask(order.id, &command).await;
    command.amount = eur(200);
    shop.send(&command).await;
    let error = shop.dead_letter().await;
    assert!(error.contains("on other terms"), "{error}");
    assert_eq!(shop.refunds(&order).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_whose_answer_is_lost_goes_back_once() {
    let shop = Shop::open().await;
    let order = shop.captured().await;
    shop.control("lose", json!({"next": 1, "operation": "refund"}))
        .await;
    let _: PaymentRefunded = shop.ask(order.id, &order.refund(500)).await;
    assert_eq!(shop.refunds(&order).await.len(), 1);
}

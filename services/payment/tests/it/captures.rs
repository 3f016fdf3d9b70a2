use contracts::messages::{CaptureFailed, PaymentCaptured, PaymentVoided};
use serde_json::json;

use crate::support::{Order, Shop};

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_of_a_voided_payment_fails() {
    let shop = Shop::start().await;
    let order = shop.authorized().await;
    let _: PaymentVoided = shop.call(order.id, &order.void()).await;
    let failed: CaptureFailed = shop.call(order.id, &order.capture()).await;
    assert_eq!(failed.code, "voided");
    assert_eq!(shop.booked(&order).await, "authorize void");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_of_an_unknown_payment_fails() {
    let shop = Shop::start().await;
    let order = Order::new("pm_card_visa");
    let failed: CaptureFailed = shop.call(order.id, &order.capture()).await;
    assert_eq!(failed.code, "payment_not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_whose_answer_is_lost_captures_once() {
    let shop = Shop::start().await;
    let order = shop.authorized().await;
    shop.control("lose", json!({"next": 2, "operation": "capture"}))
        .await;
    let _: PaymentCaptured = shop.call(order.id, &order.capture()).await;
    assert_eq!(shop.intents(&order).await[0]["amount_received"], 1299);
    assert_eq!(shop.booked(&order).await, "authorize capture");
}

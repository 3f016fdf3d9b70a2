//! The provider fails, or its response is lost: the outcome is looked up, never guessed.

use e2e::{Customer, Shop};
use serde_json::{Value, json};

/// A shop without webhooks, and a customer.
async fn shop() -> (Shop, Customer) {
    let shop = Shop::open().await;
    shop.product("HAT", 1_500, 5).await;
    shop.misbehave("webhooks", json!({"drop": 1.0})).await;
    let customer = shop.customer().await;
    (shop, customer)
}

async fn confirmed(shop: &Shop, customer: &mut Customer) -> String {
    let order = customer.buy("HAT", 1, "pm_card_visa").await;
    customer.wait_for(&order, "confirmed").await;
    shop.wait_until_quiet().await;
    order
}

async fn is_authorized_once(shop: &Shop) {
    let intents = shop.intents().await;
    assert_eq!(intents.len(), 1, "{intents:?}");
    assert_eq!(intents[0].0, "requires_capture");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_response_to_an_authorization_authorizes_once() {
    let (shop, mut customer) = shop().await;
    let lost = json!({"next": 2, "operation": "create"});
    shop.misbehave("lose", lost).await;
    confirmed(&shop, &mut customer).await;
    is_authorized_once(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_never_arrived_is_repeated() {
    let (shop, mut customer) = shop().await;
    let lost = json!({"next": 2, "operation": "create", "acts": false});
    shop.misbehave("lose", lost).await;
    confirmed(&shop, &mut customer).await;
    is_authorized_once(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_response_to_a_capture_captures_once() {
    let (shop, mut customer) = shop().await;
    let order = confirmed(&shop, &mut customer).await;
    let lost = json!({"next": 2, "operation": "capture"});
    shop.misbehave("lose", lost).await;
    shop.staff().await.ship(&order).await;
    let shipped = customer.wait_for(&order, "shipped").await;
    let total = shipped["totals"]["total"]["minor_units"].as_i64().unwrap();
    let captured = ("succeeded".to_owned(), total, 0);
    assert_eq!(shop.intents().await, [captured]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_response_to_a_refund_refunds_once() {
    let (shop, mut customer) = shop().await;
    let order = confirmed(&shop, &mut customer).await;
    shop.staff().await.ship(&order).await;
    customer.wait_for(&order, "shipped").await;
    let lost = json!({"next": 2, "operation": "refund"});
    shop.misbehave("lose", lost).await;
    let staff = shop.staff().await;
    let refund = staff.request_refund(&order, Some(500), "part").await;
    refund_is(&customer, &order, &refund.ok()["id"], "succeeded").await;
    assert_eq!(shop.refunds().await, [("succeeded".to_owned(), 500)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_response_to_a_void_voids_the_authorization() {
    let (shop, mut customer) = shop().await;
    let order = confirmed(&shop, &mut customer).await;
    let lost = json!({"next": 2, "operation": "cancel"});
    shop.misbehave("lose", lost).await;
    let path = format!("/orders/{order}/cancellation");
    customer.post(&path, json!({})).await.ok();
    customer.wait_for(&order, "cancelled").await;
    assert_eq!(shop.intents().await, [("canceled".to_owned(), 0, 0)]);
    assert_eq!(shop.stock("HAT").await, (5, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_temporary_provider_failure_delays_the_order() {
    let (shop, mut customer) = shop().await;
    for status in [500, 503, 429] {
        let fail = json!({"next": 2, "status": status, "operation": "create"});
        shop.misbehave("fail", fail).await;
        let order = customer.buy("HAT", 1, "pm_card_visa").await;
        customer.wait_for(&order, "confirmed").await;
    }
    let intents = shop.intents().await;
    assert_eq!(intents.len(), 3, "{intents:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_failure_is_repeated_with_a_new_key_and_authorizes_once() {
    let (shop, mut customer) = shop().await;
    let fail = json!({"next": 1, "status": 500, "operation": "create", "mode": "store"});
    shop.misbehave("fail", fail).await;
    confirmed(&shop, &mut customer).await;
    is_authorized_once(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_failure_that_took_effect_is_found_and_authorizes_once() {
    let (shop, mut customer) = shop().await;
    let fail = json!({"next": 1, "status": 500, "operation": "create", "mode": "act"});
    shop.misbehave("fail", fail).await;
    confirmed(&shop, &mut customer).await;
    is_authorized_once(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replayed_failure_of_a_capture_or_refund_takes_effect_once() {
    let (shop, mut customer) = shop().await;
    for mode in ["store", "act"] {
        let order = confirmed(&shop, &mut customer).await;
        for operation in ["capture", "refund"] {
            let fail = json!({"next": 1, "status": 500, "operation": operation, "mode": mode});
            shop.misbehave("fail", fail).await;
            if operation == "capture" {
                shop.staff().await.ship(&order).await;
                customer.wait_for(&order, "shipped").await;
            } else {
                let staff = shop.staff().await;
                let refund = staff.request_refund(&order, Some(500), "part").await;
                refund_is(&customer, &order, &refund.ok()["id"], "succeeded").await;
            }
        }
    }
    let once = ("succeeded".to_owned(), 500);
    assert_eq!(shop.refunds().await, [once.clone(), once]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_capture_leaves_the_order_confirmed_and_can_be_retried() {
    let (shop, mut customer) = shop().await;
    let order = customer.buy("HAT", 1, "pm_card_captureFailOnce").await;
    customer.wait_for(&order, "confirmed").await;
    let staff = shop.staff().await;
    staff.ship(&order).await;
    testkit::eventually("the timeline has the failed capture", async || {
        let timeline = customer.timeline(&order).await;
        let failed = "payment:capture_failed".to_owned();
        timeline.contains(&failed).then_some(())
    })
    .await;
    customer.wait_for(&order, "confirmed").await;
    staff.ship(&order).await;
    customer.wait_for(&order, "shipped").await;
    shop.wait_for_stock("HAT", 4, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_that_fails_later_can_be_requested_again() {
    let shop = Shop::open_with(&[("sandbox", "provider.refund_delay_ms", "300")]).await;
    shop.product("HAT", 1_500, 5).await;
    let mut customer = shop.customer().await;
    let order = customer.buy("HAT", 1, "pm_card_refundFail").await;
    customer.wait_for(&order, "confirmed").await;
    let staff = shop.staff().await;
    staff.ship(&order).await;
    customer.wait_for(&order, "shipped").await;
    let first = staff.request_refund(&order, None, "first").await.ok();
    refund_is(&customer, &order, &first["id"], "failed").await;
    let payment = customer.get(&format!("/orders/{order}/payment")).await;
    assert_eq!(
        payment["refunded"]["minor_units"], 0,
        "the booking is reversed"
    );
    let sum: i64 = shop.ledger(&order).await.iter().map(|(.., m)| m.0).sum();
    assert_eq!(sum, 0);
    let second = staff.request_refund(&order, None, "second").await.ok();
    assert_eq!(second["amount"], first["amount"], "the full amount again");
}

async fn refund_is(customer: &Customer, order: &str, id: &Value, status: &str) {
    let what = format!("the refund is {status}");
    customer
        .wait_until(order, &what, |order| {
            let refunds = order["refunds"].as_array().unwrap();
            refunds
                .iter()
                .any(|refund| refund["id"] == *id && refund["status"] == status)
        })
        .await;
}

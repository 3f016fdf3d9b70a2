//! Each undo of the checkout.

use e2e::Shop;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn insufficient_stock_rejects_the_order_before_authorization() {
    let shop = Shop::open().await;
    shop.product("RARE", 1_000, 1).await;
    shop.product("PLENTY", 1_000, 100).await;
    let mut customer = shop.customer().await;
    customer.put_into_cart("PLENTY", 5).await;

    let order = customer.buy("RARE", 2, "pm_card_visa").await;
    let order_now = customer.wait_for(&order, "rejected").await;

    assert_eq!(order_now["reason"], "out_of_stock");
    assert_eq!(shop.stock("RARE").await, (1, 0));
    assert_eq!(
        shop.stock("PLENTY").await,
        (100, 0),
        "all lines are reserved or none"
    );
    assert!(shop.intents().await.is_empty());
    assert!(shop.ledger(&order).await.is_empty());
    shop.wait_until_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_card_rejects_the_order_and_releases_the_stock() {
    let shop = Shop::open().await;
    shop.product("VASE", 2_500, 4).await;
    let mut customer = shop.customer().await;

    let order = customer.buy("VASE", 3, "pm_card_chargeDeclined").await;
    let order_now = customer.wait_for(&order, "rejected").await;

    assert_eq!(order_now["reason"], "payment_declined");
    assert_eq!(shop.stock("VASE").await, (4, 0));
    assert!(shop.ledger(&order).await.is_empty(), "the ledger is empty");
    assert_eq!(
        customer.timeline(&order).await,
        [
            "order:placed",
            "catalog:stock_reserved",
            "payment:payment_declined",
            "catalog:stock_released",
            "order:rejected"
        ]
    );
    shop.wait_until_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_declined_card_the_customer_pays_the_same_cart_with_another_one() {
    let shop = Shop::open().await;
    shop.product("LAMP", 2_500, 4).await;
    let mut customer = shop.customer().await;
    let declined = customer.buy("LAMP", 3, "pm_card_chargeDeclined").await;
    customer.wait_for(&declined, "rejected").await;

    let cart = customer.get("/cart").await;
    assert_eq!(cart["lines"][0]["sku"], "LAMP");
    assert_eq!(cart["lines"][0]["quantity"], 3);
    let order = customer
        .check_out("pm_card_visa", "another-card")
        .await
        .ok();
    let order = order["id"].as_str().unwrap().to_owned();
    assert_ne!(order, declined);
    customer.wait_for(&order, "confirmed").await;

    assert_eq!(shop.stock("LAMP").await, (1, 0));
    assert_eq!(customer.get("/cart").await["lines"], json!([]));
    shop.wait_until_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_reservation_rejects_the_order_and_voids_the_authorization() {
    // The reservation expires long before the slow provider responds.
    let shop = Shop::open_with(&[
        ("order", "saga.reserve_wait_ms", "300"),
        ("order", "saga.reserve_attempts", "1"),
        ("order", "saga.authorize_wait_ms", "300"),
        ("order", "saga.authorize_attempts", "1"),
        ("order", "saga.authentication_wait_ms", "1"),
        ("order", "saga.reservation_margin_ms", "1"),
        ("order", "saga.tick_ms", "60000"),
        ("catalog", "reservations.expiry_interval_ms", "50"),
    ])
    .await;
    shop.product("CLOCK", 2_500, 4).await;
    shop.misbehave("latency", json!({"before_ms": 1500})).await;
    let mut customer = shop.customer().await;

    let order = customer.buy("CLOCK", 1, "pm_card_visa").await;
    let order_now = customer.wait_for(&order, "rejected").await;

    assert_eq!(order_now["reason"], "reservation_expired");
    assert_eq!(shop.stock("CLOCK").await, (4, 0));
    assert_eq!(shop.intents().await, [("canceled".to_owned(), 0, 0)]);
    assert_eq!(
        balance(&shop, &order).await,
        0,
        "the authorization was booked and reversed"
    );
    shop.wait_until_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn canceling_a_confirmed_order_voids_the_authorization_and_restocks() {
    let shop = Shop::open().await;
    shop.product("SOFA", 90_000, 3).await;
    let mut customer = shop.customer().await;
    let order = customer.buy("SOFA", 2, "pm_card_visa").await;
    customer.wait_for(&order, "confirmed").await;
    assert_eq!(shop.stock("SOFA").await, (1, 0));

    customer
        .post(&format!("/orders/{order}/cancellation"), json!({}))
        .await
        .ok();
    let order_now = customer.wait_for(&order, "cancelled").await;

    assert_eq!(order_now["reason"], "by_customer");
    assert_eq!(shop.stock("SOFA").await, (3, 0));
    assert_eq!(shop.intents().await, [("canceled".to_owned(), 0, 0)]);
    assert_eq!(balance(&shop, &order).await, 0);
    shop.wait_until_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn canceling_a_pending_order_undoes_its_completed_steps() {
    let shop = Shop::open().await;
    shop.product("TENT", 9_000, 3).await;
    let mut customer = shop.customer().await;
    shop.provider.cut();
    let order = customer.buy("TENT", 1, "pm_card_visa").await;
    shop.wait_for_stock("TENT", 3, 1).await;

    customer
        .post(&format!("/orders/{order}/cancellation"), json!({}))
        .await
        .ok();
    shop.provider.restore();
    customer.wait_for(&order, "cancelled").await;

    assert_eq!(shop.stock("TENT").await, (3, 0));
    shop.wait_until_quiet().await;
    let intents = shop.intents().await;
    assert!(
        intents.iter().all(|(status, ..)| status == "canceled"),
        "{intents:?}"
    );
    assert_eq!(balance(&shop, &order).await, 0);
}

/// Sum of the absolute balances that an order leaves in the ledger's accounts.
async fn balance(shop: &Shop, order: &str) -> i64 {
    let mut accounts = std::collections::BTreeMap::new();
    for (_, account, amount) in shop.ledger(order).await {
        *accounts.entry(account).or_insert(0) += amount.0;
    }
    accounts.values().map(|sum: &i64| sum.abs()).sum()
}

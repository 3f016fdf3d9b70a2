//! Authorizations expire at the provider.

use e2e::{Customer, Settings, Shop};
use serde_json::json;

async fn confirmed(settings: Settings<'_>, webhooks: bool) -> (Shop, Customer, String) {
    let shop = Shop::open_with(settings).await;
    shop.product("SKI", 9_000, 5).await;
    if !webhooks {
        shop.misbehave("webhooks", json!({"drop": 1.0})).await;
    }
    let mut customer = shop.customer().await;
    let order = customer.buy("SKI", 2, "pm_card_visa").await;
    customer.wait_for(&order, "confirmed").await;
    (shop, customer, order)
}

async fn is_cancelled(shop: &Shop, customer: &Customer, order: &str) {
    let cancelled = customer.wait_for(order, "cancelled").await;
    assert_eq!(cancelled["reason"], "payment_expired");
    shop.wait_until_quiet().await;
    shop.wait_for_stock("SKI", 5, 0).await;
    let payment = customer.get(&format!("/orders/{order}/payment")).await;
    assert_eq!(payment["status"], "expired");
    assert_eq!(shop.intents().await, [("canceled".to_owned(), 0, 0)]);
    let sum: i64 = shop.ledger(order).await.iter().map(|(.., m)| m.0).sum();
    assert_eq!(sum, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_authorization_cancels_the_order_and_restocks() {
    let (shop, customer, order) = confirmed(&[], true).await;
    shop.expire(&order).await;
    is_cancelled(&shop, &customer, &order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_authorization_is_found_without_webhooks() {
    let fast_lookups: Settings<'_> = &[
        ("payment", "lookups.authorization_age_s", "1"),
        ("payment", "lookups.authorization_wait_s", "1"),
        ("payment", "lookups.authorization_scan_s", "1"),
        ("payment", "lookups.poll_ms", "100"),
    ];
    let (shop, customer, order) = confirmed(fast_lookups, false).await;
    shop.expire(&order).await;
    is_cancelled(&shop, &customer, &order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_authorization_is_not_captured_and_the_order_is_not_shipped() {
    let (shop, customer, order) = confirmed(&[], false).await;
    shop.expire(&order).await;
    shop.staff().await.ship(&order).await;
    is_cancelled(&shop, &customer, &order).await;
    let timeline = customer.timeline(&order).await;
    let failed = "payment:capture_failed".to_owned();
    assert!(timeline.contains(&failed), "{timeline:?}");
}

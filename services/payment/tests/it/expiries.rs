use contracts::messages::{AuthorizationExpired, CaptureFailed, PaymentVoided};

use crate::support::{Order, Shop};

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_authorization_is_announced_when_the_webhook_arrives() {
    let shop = Shop::start().await;
    let order = shop.authorized().await;
    shop.expire(&order).await;
    shop.deliver_all().await;
    assert_expired(&shop, &order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_authorization_is_found_without_a_webhook() {
    let shop = Shop::start_with(&[
        ("lookups.authorization_age_s", "1"),
        ("lookups.authorization_wait_s", "1"),
        ("lookups.authorization_scan_s", "1"),
        ("lookups.poll_ms", "50"),
    ])
    .await;
    let order = shop.authorized().await;
    testkit::eventually("a lookup of the authorization is scheduled", async || {
        (shop.sql.count("lookups").await == 1).then_some(())
    })
    .await;
    assert_eq!(shop.status(&order).await, "authorized");
    shop.expire(&order).await;
    assert_expired(&shop, &order).await;
    shop.wait_for_lookups().await;
    assert_eq!(shop.sql.count("lookups").await, 0);
}

/// The expiry is announced once. Later commands change nothing and get a reply.
async fn assert_expired(shop: &Shop, order: &Order) {
    let _: AuthorizationExpired = shop.reply(order.id, 1).await;
    assert_eq!(shop.status(order).await, "expired");
    assert_eq!(shop.booked(order).await, "authorize expire");
    let failed: CaptureFailed = shop.call(order.id, &order.capture()).await;
    assert_eq!(failed.code, "authorization_expired");
    let _: PaymentVoided = shop.call(order.id, &order.void()).await;
    assert_eq!(shop.booked(order).await, "authorize expire");
    assert_eq!(shop.received::<AuthorizationExpired>(order.id).len(), 1);
    let operations = format!("operations WHERE payment_id = '{}'", order.payment_id);
    assert_eq!(shop.sql.count(&operations).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_of_an_expired_authorization_fails_and_announces_the_expiry() {
    let shop = Shop::start().await;
    let order = shop.authorized().await;
    shop.expire(&order).await;
    let failed: CaptureFailed = shop.call(order.id, &order.capture()).await;
    assert_eq!(failed.code, "authorization_expired");
    let _: AuthorizationExpired = shop.reply(order.id, 1).await;
    assert_eq!(shop.status(&order).await, "expired");
    assert_eq!(shop.booked(&order).await, "authorize expire");

    shop.send(&order.capture()).await;
    let again: CaptureFailed = shop.reply(order.id, 2).await;
    assert_eq!(again, failed);
    shop.deliver_all().await;
    shop.wait_for_lookups().await;
    assert_eq!(shop.received::<AuthorizationExpired>(order.id).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_of_an_expired_authorization_has_its_reply() {
    let shop = Shop::start().await;
    let order = shop.authorized().await;
    shop.expire(&order).await;
    let _: PaymentVoided = shop.call(order.id, &order.void()).await;
    assert_eq!(shop.status(&order).await, "expired");
    assert_eq!(shop.booked(&order).await, "authorize expire");
}

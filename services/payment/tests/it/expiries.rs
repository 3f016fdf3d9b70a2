use contracts::messages::{AuthorizationExpired, CaptureFailed, PaymentVoided};

use crate::support::{Order, Shop};

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_that_ran_out_is_told_when_the_webhook_comes() {
    let shop = Shop::open().await;
    let order = shop.authorized().await;
    shop.expire(&order).await;
    shop.deliver_all().await;
    ended(&shop, &order).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_hold_is_looked_at_when_no_webhook_ever_comes() {
    let shop = Shop::open_with(&[
        ("lookups.held_after_s", "1"),
        ("lookups.held_wait_s", "1"),
        ("lookups.held_sweep_s", "1"),
        ("lookups.poll_ms", "50"),
    ])
    .await;
    let order = shop.authorized().await;
    testkit::eventually("the hold is watched", async || {
        (shop.sql.count("lookups").await == 1).then_some(())
    })
    .await;
    assert_eq!(shop.status(&order).await, "authorized");
    shop.expire(&order).await;
    ended(&shop, &order).await;
    shop.looked().await;
    assert_eq!(shop.sql.count("lookups").await, 0);
}

/// Told once; nothing can be done with it any more, and everyone who asks is answered.
async fn ended(shop: &Shop, order: &Order) {
    let _: AuthorizationExpired = shop.reply(order.id, 1).await;
    assert_eq!(shop.status(order).await, "expired");
    assert_eq!(shop.booked(order).await, "authorize expire");
    let failed: CaptureFailed = shop.ask(order.id, &order.capture()).await;
    assert_eq!(failed.code, "authorization_expired");
    let _: PaymentVoided = shop.ask(order.id, &order.void()).await;
    assert_eq!(shop.booked(order).await, "authorize expire");
    assert_eq!(shop.heard::<AuthorizationExpired>(order.id).len(), 1);
    let operations = format!("operations WHERE payment_id = '{}'", order.payment_id);
    assert_eq!(shop.sql.count(&operations).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_that_finds_the_hold_gone_fails_and_tells_of_it() {
    let shop = Shop::open().await;
    let order = shop.authorized().await;
    shop.expire(&order).await;
    let failed: CaptureFailed = shop.ask(order.id, &order.capture()).await;
    assert_eq!(failed.code, "authorization_expired");
    let _: AuthorizationExpired = shop.reply(order.id, 1).await;
    assert_eq!(shop.status(&order).await, "expired");
    assert_eq!(shop.booked(&order).await, "authorize expire");

    shop.send(&order.capture()).await;
    let again: CaptureFailed = shop.reply(order.id, 2).await;
    assert_eq!(again, failed);
    shop.deliver_all().await;
    shop.looked().await;
    assert_eq!(shop.heard::<AuthorizationExpired>(order.id).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_that_finds_the_hold_gone_is_answered() {
    let shop = Shop::open().await;
    let order = shop.authorized().await;
    shop.expire(&order).await;
    let _: PaymentVoided = shop.ask(order.id, &order.void()).await;
    assert_eq!(shop.status(&order).await, "expired");
    assert_eq!(shop.booked(&order).await, "authorize expire");
}

//! Each deadline of the checkout: a component is down, and everything is undone or completed.

use e2e::{Customer, Settings, Shop};

/// The saga gives up the reservation after about a second.
const SHORT_RESERVATIONS: Settings<'_> = &[
    ("order", "saga.reserve_wait_ms", "300"),
    ("order", "saga.reserve_attempts", "2"),
];
/// The saga gives up the payment after about a second. The reservation has its time.
const SHORT_PAYMENTS: Settings<'_> = &[
    ("order", "saga.authorize_wait_ms", "300"),
    ("order", "saga.authorize_attempts", "2"),
];
/// What must be done is soon requested again.
const FAST_REPEATS: Settings<'_> = &[
    ("order", "saga.insist_wait_ms", "200"),
    ("order", "saga.insist_wait_max_ms", "500"),
    ("order", "saga.tick_ms", "50"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_outage_times_out_and_nothing_stays_reserved() {
    let shop = Shop::open_with(&[SHORT_RESERVATIONS, FAST_REPEATS].concat()).await;
    shop.product("KITE", 1_500, 5).await;
    let mut customer = shop.customer().await;
    shop.wait_until_quiet().await;
    shop.catalog_broker.cut();

    let order = customer.buy("KITE", 2, "pm_card_visa").await;
    gives_up(&customer, &order).await;
    shop.catalog_broker.restore();
    let order_now = customer.wait_for(&order, "rejected").await;

    assert_eq!(order_now["reason"], "stock_timed_out");
    shop.wait_until_quiet().await;
    shop.wait_for_stock("KITE", 5, 0).await;
    assert!(shop.intents().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_outage_times_out_and_nothing_stays_authorized() {
    let shop = Shop::open_with(&[SHORT_PAYMENTS, FAST_REPEATS].concat()).await;
    shop.product("DRUM", 1_500, 5).await;
    let mut customer = shop.customer().await;
    shop.payment_broker.cut();

    let order = customer.buy("DRUM", 2, "pm_card_visa").await;
    gives_up(&customer, &order).await;
    shop.payment_broker.restore();
    let order_now = customer.wait_for(&order, "rejected").await;

    assert_eq!(order_now["reason"], "payment_timed_out");
    assert_eq!(shop.stock("DRUM").await, (5, 0));
    shop.wait_until_quiet().await;
    let intents = shop.intents().await;
    assert!(
        intents.iter().all(|(status, ..)| status == "canceled"),
        "{intents:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_outage_times_out_and_a_late_authorization_is_voided() {
    let shop = Shop::open_with(&[SHORT_PAYMENTS, FAST_REPEATS].concat()).await;
    shop.product("HARP", 1_500, 5).await;
    let mut customer = shop.customer().await;
    shop.provider.cut();

    let order = customer.buy("HARP", 1, "pm_card_visa").await;
    gives_up(&customer, &order).await;
    shop.provider.restore();
    let order_now = customer.wait_for(&order, "rejected").await;

    assert_eq!(order_now["reason"], "payment_timed_out");
    assert_eq!(shop.stock("HARP").await, (5, 0));
    let intents = shop.intents().await;
    assert!(
        intents.iter().all(|(status, ..)| status == "canceled"),
        "{intents:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_outage_at_the_pivot_only_delays_the_order() {
    let shop = Shop::open_with(FAST_REPEATS).await;
    shop.product("BELL", 1_500, 5).await;
    let mut customer = shop.customer().await;
    shop.provider.cut();

    let order = customer.buy("BELL", 1, "pm_card_visa").await;
    shop.wait_for_stock("BELL", 5, 1).await;
    shop.catalog_broker.cut();
    shop.provider.restore();
    let database = shop.database("order").await;
    testkit::eventually("the commit is sent again", async || {
        let sql = "SELECT count(*) FROM order_events WHERE kind = 'asked_again'";
        let row = database.query_one(sql, &[]).await.ok()?;
        (row.get::<_, i64>(0) > 0).then_some(())
    })
    .await;
    shop.catalog_broker.restore();

    customer.wait_for(&order, "confirmed").await;
    shop.wait_until_quiet().await;
    shop.wait_for_stock("BELL", 4, 0).await;
}

/// Waits until the saga has given up.
async fn gives_up(customer: &Customer, order: &str) {
    testkit::eventually("the saga gives up", async || {
        let timeline = customer.timeline(order).await;
        timeline
            .contains(&"order:timed_out".to_owned())
            .then_some(())
    })
    .await;
}

//! A component is down: what is accepted is completed when it returns, and what cannot be accepted is
//! refused at once.

use e2e::{Answer, Customer, Shop};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_placed_while_payment_is_down_is_confirmed_when_it_returns() {
    let shop = Shop::open().await;
    shop.product("OBOE", 1_500, 5).await;
    let mut customer = shop.customer().await;
    shop.payment.cut();
    shop.payment_db.cut();
    shop.payment_broker.cut();

    let order = customer.buy("OBOE", 1, "pm_card_visa").await;
    shop.wait_for_stock("OBOE", 5, 1).await;
    assert_eq!(customer.status(&order).await, "pending");
    shop.payment_broker.restore();
    shop.payment_db.restore();
    shop.payment.restore();

    customer.wait_for(&order, "confirmed").await;
    assert_eq!(shop.stock("OBOE").await, (4, 0));
    one_authorization(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_placed_while_the_provider_is_down_is_confirmed_when_it_returns() {
    let shop = Shop::open().await;
    shop.product("LUTE", 1_500, 5).await;
    let mut customer = shop.customer().await;
    shop.provider.cut();

    let order = customer.buy("LUTE", 1, "pm_card_visa").await;
    let database = shop.database("payment").await;
    testkit::eventually("a call to the provider failed", async || {
        let sql = "SELECT count(*) FROM operations WHERE attempts > 1";
        let row = database.query_one(sql, &[]).await.ok()?;
        (row.get::<_, i64>(0) > 0).then_some(())
    })
    .await;
    assert_eq!(customer.status(&order).await, "pending");
    shop.provider.restore();

    customer.wait_for(&order, "confirmed").await;
    one_authorization(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_placed_while_the_broker_is_down_is_confirmed_when_it_returns() {
    let shop = Shop::open().await;
    shop.product("VIOLA", 1_500, 5).await;
    let mut customer = shop.customer().await;
    shop.wait_until_quiet().await;
    for proxy in [
        &shop.order_broker,
        &shop.catalog_broker,
        &shop.payment_broker,
    ] {
        proxy.cut();
    }

    let order = customer.buy("VIOLA", 1, "pm_card_visa").await;
    assert_eq!(shop.count("order", "SELECT count(*) FROM outbox").await, 2);
    for proxy in [
        &shop.payment_broker,
        &shop.catalog_broker,
        &shop.order_broker,
    ] {
        proxy.restore();
    }

    customer.wait_for(&order, "confirmed").await;
    shop.wait_until_quiet().await;
    assert_eq!(shop.stock("VIOLA").await, (4, 0));
    one_authorization(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_outage_after_checkout_only_delays_the_order() {
    let shop = Shop::open().await;
    shop.product("CELLO", 1_500, 5).await;
    let mut customer = shop.customer().await;
    shop.wait_until_quiet().await;
    shop.catalog_broker.cut();

    let order = customer.buy("CELLO", 2, "pm_card_visa").await;
    shop.catalog_db.cut();
    shop.catalog.cut();
    assert_eq!(customer.status(&order).await, "pending");
    shop.catalog.restore();
    shop.catalog_db.restore();
    shop.catalog_broker.restore();

    customer.wait_for(&order, "confirmed").await;
    assert_eq!(shop.stock("CELLO").await, (3, 0));
    one_authorization(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_catalog_is_down_checkout_is_a_503_and_cached_pages_are_served() {
    let shop = Shop::open().await;
    shop.product("DRUM", 1_500, 5).await;
    let mut customer = shop.customer().await;
    customer.put_into_cart("DRUM", 1).await;
    customer.get("/products/drum").await;
    shop.catalog.cut();

    is_refused(&customer.check_out("pm_card_visa", "again").await);
    let line = json!({"sku": "DRUM", "quantity": 1, "reason": "unavailable"});
    assert_eq!(customer.get("/cart").await["unsellable"], json!([line]));
    let page = customer.get("/products/drum").await;
    assert_eq!(page["sku"], "DRUM", "from the cache");
    assert_eq!(customer.get("/orders").await["items"], Value::Array(vec![]));

    shop.catalog.restore();
    checks_out_with_the_same_key(&customer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_catalogs_database_is_down_checkout_is_a_503_and_cached_pages_are_served() {
    let shop = Shop::open().await;
    shop.product("HORN", 1_500, 5).await;
    let mut customer = shop.customer().await;
    customer.put_into_cart("HORN", 1).await;
    customer.get("/products/horn").await;
    shop.catalog_db.cut();

    is_refused(&customer.check_out("pm_card_visa", "again").await);
    assert_eq!(customer.get("/products/horn").await["sku"], "HORN");

    shop.catalog_db.restore();
    checks_out_with_the_same_key(&customer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_orders_database_is_down_checkout_is_a_503_and_products_can_be_browsed() {
    let shop = Shop::open().await;
    shop.product("TUBA", 1_500, 5).await;
    let mut customer = shop.customer().await;
    customer.put_into_cart("TUBA", 1).await;
    shop.order_db.cut();

    is_refused(&customer.check_out("pm_card_visa", "again").await);
    assert_eq!(customer.get("/products/tuba").await["sku"], "TUBA");
    let found = customer.get("/products?q=tuba").await;
    assert_eq!(found["items"][0]["sku"], "TUBA");

    shop.order_db.restore();
    checks_out_with_the_same_key(&customer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_order_is_down_checkout_is_a_503_and_products_can_be_browsed() {
    let shop = Shop::open().await;
    shop.product("FIFE", 1_500, 5).await;
    let mut customer = shop.customer().await;
    customer.put_into_cart("FIFE", 1).await;
    shop.order.cut();

    is_refused(&customer.check_out("pm_card_visa", "again").await);
    let found = customer.get("/products?q=fife").await;
    assert_eq!(found["items"][0]["sku"], "FIFE");

    shop.order.restore();
    checks_out_with_the_same_key(&customer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_everything_works() {
    let shop = Shop::open().await;
    shop.redis.cut();
    shop.product("BANJO", 1_500, 5).await;
    let mut customer = shop.customer().await;
    assert_eq!(customer.get("/products/banjo").await["sku"], "BANJO");

    let order = customer.buy("BANJO", 1, "pm_card_visa").await;
    customer.wait_for(&order, "confirmed").await;
    let staff = shop.staff().await;
    staff.ship(&order).await;
    customer.wait_for(&order, "shipped").await;
    let refund = staff.request_refund(&order, None, "refund").await;
    let refund = refund.ok()["id"].clone();
    customer
        .wait_until(&order, "the refund succeeds", |order| {
            let refunds = order["refunds"].as_array().unwrap();
            refunds
                .iter()
                .any(|one| one["id"] == refund && one["status"] == "succeeded")
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_user_is_down_signed_in_customers_can_buy() {
    let shop = Shop::open().await;
    shop.product("SITAR", 1_500, 5).await;
    let mut customer = shop.customer().await;
    shop.user.cut();
    shop.user_db.cut();

    let order = customer.buy("SITAR", 1, "pm_card_visa").await;
    customer.wait_for(&order, "confirmed").await;
    let account = customer.try_get("/me").await;
    is_refused(&account);

    shop.user_db.restore();
    shop.user.restore();
    testkit::eventually("user responds again", async || {
        let answer = customer.try_get("/me").await;
        answer.is_success().then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn checkouts_continue_after_an_outage_of_each_database() {
    let shop = Shop::open().await;
    shop.product("PIANO", 1_500, 50).await;
    let mut customer = shop.customer().await;
    let mut orders = Vec::new();
    for proxy in [&shop.catalog_db, &shop.order_db, &shop.payment_db] {
        for _ in 0..3 {
            orders.push(customer.buy("PIANO", 1, "pm_card_visa").await);
        }
        proxy.cut();
        proxy.restore();
    }
    for order in &orders {
        customer.wait_for(order, "confirmed").await;
    }
    shop.wait_until_quiet().await;
    shop.wait_for_stock("PIANO", 41, 0).await;
    let intents = shop.intents().await;
    let authorized = intents
        .iter()
        .filter(|(status, ..)| status == "requires_capture");
    assert_eq!((authorized.count(), intents.len()), (9, 9), "{intents:?}");
}

#[track_caller]
fn is_refused(answer: &Answer) {
    let found = (answer.status, answer.problem());
    assert_eq!(found, (503, "unavailable"), "{}", answer.body);
    assert!(answer.retry_after.is_some_and(|pause| pause.as_secs() >= 1));
}

/// A refused checkout is accepted when the component is back, and places one order.
async fn checks_out_with_the_same_key(customer: &Customer) {
    let order = testkit::eventually("the order is accepted", async || {
        let answer = customer.check_out("pm_card_visa", "again").await;
        answer.is_success().then_some(answer.body)
    })
    .await;
    customer
        .wait_for(order["id"].as_str().unwrap(), "confirmed")
        .await;
    let orders = customer.get("/orders").await;
    assert_eq!(orders["items"].as_array().unwrap().len(), 1);
}

async fn one_authorization(shop: &Shop) {
    let intents = shop.intents().await;
    assert_eq!(intents.len(), 1, "{intents:?}");
    assert_eq!(intents[0].0, "requires_capture");
}

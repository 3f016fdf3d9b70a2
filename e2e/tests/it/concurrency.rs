use std::collections::BTreeSet;

use e2e::Shop;
use futures_util::future::join_all;
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn one_of_fifty_customers_gets_the_last_unit() {
    let shop = Shop::open().await;
    shop.product("LAST", 1_000, 1).await;

    let orders = join_all((0..50).map(async |_| {
        let mut customer = shop.customer().await;
        let order = customer.buy("LAST", 1, "pm_card_visa").await;
        (customer, order)
    }))
    .await;
    let mut ends = Vec::new();
    for (customer, order) in orders {
        let order = customer
            .wait_until(&order, "the order has ended", |order| {
                order["status"] != "pending" && order["in_progress"] == false
            })
            .await;
        ends.push((order["status"].clone(), order["reason"].clone()));
    }

    let confirmed = ends
        .iter()
        .filter(|(status, _)| status == "confirmed")
        .count();
    let refused = ends
        .iter()
        .filter(|(status, reason)| status == "rejected" && reason == "out_of_stock")
        .count();
    assert_eq!((confirmed, refused), (1, 49), "{ends:?}");
    assert_eq!(shop.stock("LAST").await, (0, 0));
    assert_eq!(shop.intents().await.len(), 1);
    shop.wait_until_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_checkouts_with_the_same_key_place_one_order() {
    let shop = Shop::open().await;
    shop.product("ONCE", 1_000, 10).await;
    let mut customer = shop.customer().await;
    customer.put_into_cart("ONCE", 1).await;

    let tries = (0..20).map(async |_| {
        customer
            .check_out("pm_card_visa", "the-same-key")
            .await
            .ok()
    });
    let answers: BTreeSet<String> = join_all(tries).await.iter().map(Value::to_string).collect();

    assert_eq!(answers.len(), 1, "20 equal responses");
    let answer: Value = serde_json::from_str(answers.first().unwrap()).unwrap();
    customer
        .wait_for(answer["id"].as_str().unwrap(), "confirmed")
        .await;
    assert_eq!(shop.count("order", "SELECT count(*) FROM orders").await, 1);
    assert_eq!(shop.intents().await.len(), 1, "one authorization");
    assert_eq!(shop.stock("ONCE").await, (9, 0));
}

//! Orders are found by what people know of them: the number, the customer's address, the time.

use e2e::{Customer, Shop};
use serde_json::{Value, json};

fn ids(page: &Value) -> Vec<&str> {
    let orders = page["items"].as_array().unwrap().iter();
    orders.map(|order| order["id"].as_str().unwrap()).collect()
}

async fn number_of(customer: &Customer, order: &str) -> String {
    let order = customer.get(&format!("/orders/{order}")).await;
    order["number"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn support_finds_an_order_by_its_number_or_by_the_address_of_its_customer() {
    let shop = Shop::open().await;
    shop.product("LAMP", 4_900, 10).await;
    let mut customer = shop.customer().await;
    let order = customer.buy("LAMP", 1, "pm_card_visa").await;
    let mut other = shop.customer().await;
    let others = other.buy("LAMP", 1, "pm_card_visa").await;
    let email = customer.get("/me").await["email"]
        .as_str()
        .unwrap()
        .to_uppercase();
    let number = number_of(&customer, &order).await;
    let spoken = number.replace('-', "").to_lowercase();

    let (support, _) = shop.member_of("support").await;
    let by_number = format!("/orders?all_customers=true&number={spoken}");
    assert_eq!(ids(&support.get(&by_number).await), [order.as_str()]);
    let by_address = format!("/orders?all_customers=true&email={email}");
    assert_eq!(ids(&support.get(&by_address).await), [order.as_str()]);
    let nobody = support
        .get("/orders?all_customers=true&email=nobody@example.com")
        .await;
    assert_eq!(nobody, json!({"items": []}));
    let all = support
        .get("/orders?all_customers=true&since=2026-01-01T00:00:00Z")
        .await;
    assert_eq!(ids(&all), [others.as_str(), order.as_str()]);

    // The customer finds their own, and nothing of others.
    let own = format!("/orders?number={number}");
    assert_eq!(ids(&customer.get(&own).await), [order.as_str()]);
    assert_eq!(other.get(&own).await, json!({"items": []}));
    let refused = customer.try_get(&by_address).await;
    assert_eq!((refused.status, refused.problem()), (403, "forbidden"));
    // Packing parcels takes no e-mail addresses.
    let (warehouse, _) = shop.member_of("warehouse").await;
    assert_eq!(ids(&warehouse.get(&by_number).await), [order.as_str()]);
    let refused = warehouse.try_get(&by_address).await;
    assert_eq!((refused.status, refused.problem()), (403, "forbidden"));
}

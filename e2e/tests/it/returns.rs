//! Returns: customers ask, staff decide, and only then money moves.

use e2e::{Customer, Money, Shop};
use serde_json::{Value, json};

/// A delivered order of two jars.
async fn delivered(shop: &Shop, staff: &Customer) -> (Customer, String, i64) {
    shop.product("JAR", 1_250, 9).await;
    let mut customer = shop.customer().await;
    let order = customer.buy("JAR", 2, "pm_card_visa").await;
    let confirmed = customer.wait_for(&order, "confirmed").await;
    staff.ship(&order).await;
    customer.wait_for(&order, "shipped").await;
    staff
        .post(&format!("/staff/orders/{order}/delivery"), json!({}))
        .await
        .ok();
    let total = Money::of(&confirmed["totals"]["total"]).0;
    (customer, order, total)
}

fn refunds(order: &Value) -> &[Value] {
    order["refunds"].as_array().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_cannot_refund_their_own_order() {
    let shop = Shop::open().await;
    let staff = shop.staff().await;
    let (customer, order, _) = delivered(&shop, &staff).await;
    let refused = customer.request_refund(&order, None, "mine").await;
    assert_eq!((refused.status, refused.problem()), (403, "forbidden"));
    let returned = customer.request_return(&order, "JAR", 1, "back").await.ok();
    let id = returned["id"].as_str().unwrap();
    for decision in ["approval", "refusal"] {
        let path = format!("/staff/returns/{id}/{decision}");
        let refused = customer.post(&path, json!({"note": "please"})).await;
        assert_eq!((refused.status, refused.problem()), (403, "forbidden"));
    }
    assert!(refunds(&customer.get(&format!("/orders/{order}")).await).is_empty());
    let payment = customer.get(&format!("/orders/{order}/payment")).await;
    assert_eq!(payment["refunded"]["minor_units"], 0);
    assert!(shop.refunds().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_return_sends_the_money_back_once() {
    let shop = Shop::open().await;
    let staff = shop.staff().await;
    let (customer, order, total) = delivered(&shop, &staff).await;
    let mut sum = 0;
    for key in ["one", "other"] {
        let returned = customer.request_return(&order, "JAR", 1, key).await.ok();
        assert_eq!(returned["status"], "requested");
        let path = format!(
            "/staff/returns/{}/approval",
            returned["id"].as_str().unwrap()
        );
        let waiting = staff.get("/staff/returns?status=requested").await;
        assert_eq!(waiting["items"][0]["id"], returned["id"]);
        let body = json!({"note": "received"});
        let (one, other) = tokio::join!(
            staff.post(&path, body.clone()),
            staff.post(&path, body.clone())
        );
        let (one, other) = (one.ok(), other.ok());
        assert_eq!(one["refund_id"], other["refund_id"]);
        assert_eq!(one["amount"], returned["share"]["total"]);
        sum += Money::of(&one["amount"]).0;
    }
    assert_eq!(sum, total, "the shares of all units sum to the total");
    let again = customer.request_return(&order, "JAR", 1, "third").await;
    assert_eq!(
        (again.status, again.problem()),
        (409, "return-exceeds-bought")
    );
    customer
        .wait_until(&order, "both refunds succeed", |order| {
            let succeeded = |refund: &&Value| refund["status"] == "succeeded";
            refunds(order).iter().filter(succeeded).count() == 2
        })
        .await;
    let payment = customer.get(&format!("/orders/{order}/payment")).await;
    assert_eq!(Money::of(&payment["refunded"]), Money(total));
    let at_provider: i64 = shop.refunds().await.iter().map(|(_, amount)| amount).sum();
    assert_eq!(at_provider, total);
    let timeline = customer.timeline(&order).await;
    for entry in ["order:return_requested", "order:return_approved"] {
        assert_eq!(timeline.iter().filter(|one| *one == entry).count(), 2);
    }
    shop.wait_until_quiet().await;
}

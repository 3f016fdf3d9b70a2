use e2e::{Customer, Money, Shop};
use serde_json::{Value, json};

struct Sale {
    shop: Shop,
    customer: Customer,
    staff: Customer,
    order: String,
    total: i64,
}

async fn sale() -> Sale {
    let shop = Shop::open().await;
    shop.product("BIKE", 50_000, 3).await;
    let mut customer = shop.customer().await;
    let order = customer.buy("BIKE", 1, "pm_card_visa").await;
    let confirmed = customer.wait_for(&order, "confirmed").await;
    let total = Money::of(&confirmed["totals"]["total"]).0;
    let staff = shop.staff().await;
    Sale {
        shop,
        customer,
        staff,
        order,
        total,
    }
}

impl Sale {
    async fn ship(&self) {
        let path = format!("/staff/orders/{}/shipment", self.order);
        self.staff
            .post(&path, json!({"tracking_number": "TRACK-1"}))
            .await
            .ok();
        self.customer.wait_for(&self.order, "shipped").await;
    }

    async fn refund(&self, amount: Option<i64>, key: &str) -> Value {
        let requested = self
            .staff
            .request_refund(&self.order, amount, key)
            .await
            .ok();
        let order = self
            .customer
            .wait_until(&self.order, "the refund has ended", |order| {
                let refunds = order["refunds"].as_array().unwrap();
                refunds
                    .iter()
                    .any(|r| r["id"] == requested["id"] && r["status"] != "requested")
            })
            .await;
        let refunds = order["refunds"].as_array().unwrap();
        refunds
            .iter()
            .find(|refund| refund["id"] == requested["id"])
            .unwrap()
            .clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_payment_is_captured_when_the_order_ships() {
    let sale = Box::pin(sale()).await;
    sale.ship().await;
    assert_eq!(
        sale.shop.intents().await,
        [("succeeded".to_owned(), sale.total, 0)]
    );
    let path = format!("/staff/orders/{}/delivery", sale.order);
    sale.staff.post(&path, json!({})).await.ok();
    sale.customer.wait_for(&sale.order, "delivered").await;

    let answer = sale
        .customer
        .post(&format!("/orders/{}/cancellation", sale.order), json!({}))
        .await;
    assert_eq!(
        (answer.status, answer.problem()),
        (409, "order-not-cancellable")
    );
    let sum: i64 = sale
        .shop
        .ledger(&sale.order)
        .await
        .iter()
        .map(|(.., m)| m.0)
        .sum();
    assert_eq!(sum, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn refunds_are_full_or_partial_and_never_exceed_the_capture() {
    let sale = Box::pin(sale()).await;
    sale.ship().await;

    let part = sale.refund(Some(10_000), "part").await;
    assert_eq!(part["status"], "succeeded");
    let again = sale
        .staff
        .request_refund(&sale.order, Some(10_000), "part")
        .await
        .ok();
    assert_eq!(
        again["id"], part["id"],
        "the same key returns the same refund"
    );

    let excess = sale
        .staff
        .request_refund(&sale.order, Some(sale.total), "excess")
        .await;
    assert_eq!(
        excess.problem(),
        "refund-exceeds-captured",
        "{}",
        excess.body
    );

    let rest = sale.refund(None, "rest").await;
    assert_eq!(Money::of(&rest["amount"]), Money(sale.total - 10_000));
    let payment = sale
        .customer
        .get(&format!("/orders/{}/payment", sale.order))
        .await;
    assert_eq!(Money::of(&payment["refunded"]), Money(sale.total));
    let sum: i64 = sale
        .shop
        .ledger(&sale.order)
        .await
        .iter()
        .map(|(.., m)| m.0)
        .sum();
    assert_eq!(sum, 0);
}

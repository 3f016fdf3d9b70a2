//! Carts with lines that cannot be sold: they stay readable and changeable, and are not ordered.

use chassis::status::Details;
use contracts::order::v1::*;
use tonic::{Code, Status};

use crate::support::{App, Person, checkout, lines, minor, reason, unsellable};

impl App {
    async fn remove_code(&mut self, person: &Person) -> Cart {
        let request = person.request(SetDiscountRequest::default());
        let answer = self.carts.set_discount(request).await.unwrap();
        answer.into_inner().cart.unwrap()
    }

    async fn try_put(&mut self, person: &Person, sku: &str) -> Result<Cart, Status> {
        let request = person.request(SetItemRequest {
            guest_token: String::new(),
            sku: sku.to_owned(),
            quantity: 1,
        });
        let answer = self.carts.set_item(request).await?;
        Ok(answer.into_inner().cart.unwrap())
    }

    async fn use_code(&mut self, person: &Person) -> Result<Cart, Status> {
        let request = person.request(SetDiscountRequest {
            code: "WELCOME10".to_owned(),
            ..SetDiscountRequest::default()
        });
        let answer = self.carts.set_discount(request).await?;
        Ok(answer.into_inner().cart.unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_not_sold_any_more_is_listed_and_costs_nothing() {
    let mut app = App::start().await;
    let person = app.customer();
    app.put(&person, "COFFEE", 1).await;
    app.put(&person, "TEA", 2).await;
    app.put(&person, "MUG", 3).await;
    app.catalog.remove("TEA");
    app.catalog.archive("MUG");
    app.catalog.sell("COFFEE", "Coffee", 1100, "EUR");
    let cart = app.cart(&person, "").await;
    assert_eq!(lines(&cart), [("COFFEE", 1)]);
    let gone = LineReason::NotForSale;
    assert_eq!(unsellable(&cart), [("TEA", 2, gone), ("MUG", 3, gone)]);
    assert_eq!(minor(&cart.totals.unwrap().total), 1100, "today's price");

    app.catalog.sell("MUG", "Mug", 1299, "EUR");
    let cart = app.cart(&person, "").await;
    assert_eq!(lines(&cart), [("COFFEE", 1), ("MUG", 3)], "restored");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cart_with_two_currencies_is_read_and_changed_but_not_ordered() {
    let mut app = App::start().await;
    let person = app.customer();
    app.put(&person, "COFFEE", 1).await;
    app.put(&person, "TEA", 2).await;
    app.use_code(&person).await.unwrap();
    app.catalog.sell("TEA", "Tea", 250, "USD");
    let other = ("TEA", 2, LineReason::OtherCurrency);
    assert_eq!(unsellable(&app.cart(&person, "DE").await), [other]);
    let cart = app.put(&person, "MUG", 1).await;
    assert_eq!(lines(&cart), [("COFFEE", 1), ("MUG", 1)]);
    let cart = app.put(&person, "COFFEE", 3).await;
    assert_eq!(
        (lines(&cart)[0], cart.discount_code.as_str()),
        (("COFFEE", 3), "WELCOME10")
    );
    assert_eq!(app.remove_code(&person).await.discount_code, "");
    app.use_code(&person).await.unwrap();

    let refused = app.place(&person, checkout("key")).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused)),
        (Code::FailedPrecondition, "CART_NOT_SELLABLE".to_owned())
    );
    let fields = Details::from_status(&refused).fields;
    let named = (
        "lines.TEA".to_owned(),
        "has another currency than the cart".to_owned(),
    );
    assert_eq!(fields, [named]);
    assert!(refused.message().contains("TEA"), "{}", refused.message());
    assert_eq!(app.rows("orders", "true").await, 0);
    assert_eq!(unsellable(&app.cart(&person, "").await), [other]);

    let cart = app.put(&person, "TEA", 0).await;
    assert_eq!(unsellable(&cart), []);
    app.place(&person, checkout("key")).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_names_at_most_twenty_lines_that_cannot_be_sold() {
    let mut app = App::start().await;
    let person = app.customer();
    for n in 0..100 {
        let sku = format!("{n:02}-{}", "X".repeat(36));
        app.catalog.sell(&sku, "Thing", 100, "EUR");
        app.put(&person, &sku, 1).await;
        app.catalog.remove(&sku);
    }
    let refused = app.place(&person, checkout("key")).await.unwrap_err();
    assert_eq!(reason(&refused), "CART_NOT_SELLABLE");
    assert_eq!(Details::from_status(&refused).fields.len(), 20);
    assert!(
        refused.message().ends_with("and 80 more"),
        "{}",
        refused.message()
    );
    assert_eq!(app.cart(&person, "").await.unsellable.len(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_catalog_a_cart_is_read_and_reduced_but_not_extended() {
    let mut app = App::start().await;
    let person = app.customer();
    app.put(&person, "COFFEE", 1).await;
    app.put(&person, "TEA", 2).await;
    app.use_code(&person).await.unwrap();
    app.catalog.disconnect();
    let cart = app.cart(&person, "DE").await;
    assert_eq!((lines(&cart), cart.totals.clone()), (Vec::new(), None));
    let unknown = LineReason::Unavailable;
    assert_eq!(
        unsellable(&cart),
        [("COFFEE", 1, unknown), ("TEA", 2, unknown)]
    );

    let refused = app.try_put(&person, "MUG").await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    let refused = app.use_code(&person).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert_eq!(app.rows("cart_lines", "true").await, 2, "nothing was added");

    let cart = app.put(&person, "COFFEE", 0).await;
    assert_eq!(unsellable(&cart), [("TEA", 2, unknown)]);
    app.remove_code(&person).await;
    assert_eq!(app.rows("cart_lines", "sku = 'TEA'").await, 1);
    assert_eq!(app.rows("carts", "discount_code IS NOT NULL").await, 0);
    assert_eq!(app.rows("cart_lines", "true").await, 1);

    app.catalog.reconnect();
    let cart = testkit::eventually("prices", async || {
        let cart = app.cart(&person, "").await;
        cart.unsellable.is_empty().then_some(cart)
    })
    .await;
    assert_eq!(lines(&cart), [("TEA", 2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalog_that_does_not_answer_only_delays_a_removal() {
    let mut app = App::with(&[("upstreams.catalog.timeout_ms", "300")]).await;
    let person = app.customer();
    app.put(&person, "COFFEE", 1).await;
    app.put(&person, "TEA", 2).await;
    app.catalog.freeze(true);
    let cart = app.put(&person, "COFFEE", 0).await;
    assert_eq!(unsellable(&cart), [("TEA", 2, LineReason::Unavailable)]);
    assert_eq!(app.rows("cart_lines", "true").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_change_creates_no_cart() {
    let mut app = App::start().await;
    let person = app.customer();
    let refused = app.try_put(&person, "NOTHING").await.unwrap_err();
    assert_eq!(reason(&refused), "PRODUCT_NOT_FOUND");
    let refused = app.use_code(&person).await.unwrap_err();
    assert_eq!(reason(&refused), "DISCOUNT_INVALID");
    assert_eq!(app.put(&person, "COFFEE", 0).await, Cart::default());
    assert_eq!(app.remove_code(&person).await, Cart::default());
    assert_eq!(app.rows("carts", "true").await, 0);
}

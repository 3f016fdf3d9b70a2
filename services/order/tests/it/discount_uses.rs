//! Limits of use: counted when an order is placed, given back when it is undone.

use contracts::messages::*;
use contracts::order::v1::{OrderStatus, SetDiscountRequest};
use tonic::Status;

use crate::support::{App, Person, checkout, reason};

/// Codes with one use in all, and with one use of each customer.
const CODES: &str = "INSERT INTO discount_codes
    (code, basis_points, valid_from, max_uses, max_uses_per_customer) VALUES
    ('ONCE', 1000, '2026-01-01', 1, NULL),
    ('FIRST', 1000, '2026-01-01', NULL, 1)";

impl App {
    /// A customer whose cart has a line and a code.
    async fn with_code(&mut self, code: &str) -> Person {
        let person = self.customer();
        self.put(&person, "COFFEE", 1).await;
        self.try_code(&person, code).await.unwrap();
        person
    }

    async fn try_code(&mut self, person: &Person, code: &str) -> Result<(), Status> {
        let request = person.request(SetDiscountRequest {
            code: code.to_owned(),
            ..SetDiscountRequest::default()
        });
        self.carts.set_discount(request).await.map(drop)
    }

    /// The counter of a code, which is the number of its uses.
    async fn uses(&self, code: &str) -> i64 {
        let uses = self
            .rows("discount_uses", &format!("code = '{code}'"))
            .await;
        let is_counted = format!("code = '{code}' AND uses = {uses}");
        assert_eq!(self.rows("discount_codes", &is_counted).await, 1, "{code}");
        uses
    }

    /// Refuses the stock of an order.
    async fn reject(&mut self, person: &Person, id: &str) {
        let reserve: ReserveStock = self.participants.receive(id).await;
        let (order, reservation) = (reserve.order_id, reserve.reservation_id);
        self.participants.refuse_stock(order, reservation).await;
        self.wait_for(person, id, OrderStatus::Rejected).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_use_of_a_code_is_sold_once() {
    let mut app = App::start().await;
    app.sql(CODES).await;
    let mut tries = Vec::new();
    for _ in 0..8 {
        let person = app.with_code("ONCE").await;
        let request = person.request(checkout("key"));
        let mut orders = app.orders.clone();
        tries.push(async move { orders.place_order(request).await });
    }
    let tries: Vec<_> = tries.into_iter().map(tokio::spawn).collect();
    let mut sold = 0;
    for attempt in tries {
        match attempt.await.unwrap() {
            Ok(_) => sold += 1,
            Err(refused) => assert_eq!(reason(&refused), "DISCOUNT_INVALID"),
        }
    }
    assert_eq!(sold, 1);
    assert_eq!(app.uses("ONCE").await, 1);
    assert_eq!(app.rows("orders", "true").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_uses_a_code_as_often_as_it_allows() {
    let mut app = App::start().await;
    app.sql(CODES).await;
    let person = app.with_code("FIRST").await;
    app.place(&person, checkout("1")).await.unwrap();
    app.put(&person, "COFFEE", 1).await;
    let refused = app.try_code(&person, "FIRST").await.unwrap_err();
    assert_eq!(reason(&refused), "DISCOUNT_INVALID");
    let other = app.with_code("FIRST").await;
    app.place(&other, checkout("1")).await.unwrap();
    assert_eq!(app.uses("FIRST").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_used_up_meanwhile_prevents_the_order_until_it_is_removed() {
    let mut app = App::start().await;
    app.sql(CODES).await;
    let late = app.with_code("ONCE").await;
    let first = app.with_code("ONCE").await;
    app.place(&first, checkout("1")).await.unwrap();
    assert_eq!(app.cart(&late, "").await.discount_code, "");
    let refused = app.place(&late, checkout("1")).await.unwrap_err();
    assert_eq!(reason(&refused), "DISCOUNT_INVALID");
    app.try_code(&late, "").await.unwrap();
    app.place(&late, checkout("1")).await.unwrap();
    assert_eq!(app.uses("ONCE").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_order_gives_its_use_back_once() {
    let mut app = App::start().await;
    app.sql(CODES).await;
    let person = app.with_code("ONCE").await;
    let order = app.place(&person, checkout("1")).await.unwrap();
    assert_eq!(app.uses("ONCE").await, 1);
    app.reject(&person, &order.id).await;
    assert_eq!(app.uses("ONCE").await, 0);
    // The cart got the code back, and the same checkout again returns the rejected order.
    let replayed = app.place(&person, checkout("1")).await.unwrap();
    assert_eq!(replayed.id, order.id);
    assert_eq!(app.uses("ONCE").await, 0);
    let again = app.place(&person, checkout("2")).await.unwrap();
    assert_eq!(again.discount_code, "ONCE");
    assert_eq!(app.uses("ONCE").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_order_gives_its_use_back_and_a_confirmed_one_keeps_it() {
    let mut app = App::start().await;
    app.sql(CODES).await;
    let person = app.with_code("ONCE").await;
    let order = app.place(&person, checkout("1")).await.unwrap();
    app.cancel(&person, &order.id).await.unwrap();
    assert_eq!(app.uses("ONCE").await, 1, "not undone yet");
    app.participants.release(&order.id).await;
    app.wait_for(&person, &order.id, OrderStatus::Cancelled)
        .await;
    assert_eq!(app.uses("ONCE").await, 0);

    let other = app.with_code("ONCE").await;
    let order = app.place(&other, checkout("1")).await.unwrap();
    app.participants.confirm(&order.id).await;
    assert_eq!(app.uses("ONCE").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_checkout_counts_no_use() {
    let mut app = App::start().await;
    app.sql(CODES).await;
    let person = app.with_code("ONCE").await;
    let mut wrong = checkout("1");
    wrong.payment_method = "no method".to_owned();
    app.place(&person, wrong).await.unwrap_err();
    assert_eq!(app.uses("ONCE").await, 0);
}

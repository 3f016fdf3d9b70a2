//! A rejected order gives its lines and its code back to the cart.

use contracts::messages::*;
use contracts::order::v1::{
    Cart, CompensateSagaRequest, GetCartRequest, Order, OrderStatus, SetDiscountRequest,
};

use crate::support::{App, Person, checkout, reason};

impl App {
    /// Declines the payment of an order, and releases its stock.
    async fn decline(&mut self, person: &Person, order: &Order) {
        self.participants.reserve(&order.id).await;
        let authorize: AuthorizePayment = self.participants.receive(&order.id).await;
        let (id, payment) = (authorize.order_id, authorize.payment_id);
        self.participants.decline(id, payment).await;
        self.participants.release(&order.id).await;
        self.wait_for(person, &order.id, OrderStatus::Rejected)
            .await;
    }

    async fn set_code(&mut self, person: &Person, code: &str) {
        let request = person.request(SetDiscountRequest {
            code: code.to_owned(),
            ..SetDiscountRequest::default()
        });
        self.carts.set_discount(request).await.unwrap();
    }

    /// SKU and quantity of each line, and the code.
    async fn cart_now(&mut self, person: &Person) -> (Vec<(String, u32)>, String) {
        let request = person.request(GetCartRequest::default());
        let answer = self.carts.get_cart(request).await.unwrap();
        let Cart {
            lines,
            discount_code,
            ..
        } = answer.into_inner().cart.unwrap();
        let lines = lines.into_iter().map(|line| (line.sku, line.quantity));
        (lines.collect(), discount_code)
    }
}

fn lines(of: &[(&str, u32)]) -> Vec<(String, u32)> {
    let line = |(sku, quantity): &(&str, u32)| ((*sku).to_owned(), *quantity);
    of.iter().map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_declined_payment_the_customer_orders_again_under_a_new_key() {
    let mut app = App::start().await;
    let person = app.customer();
    app.put(&person, "COFFEE", 2).await;
    app.set_code(&person, "WELCOME10").await;
    let first = app.place(&person, checkout("first")).await.unwrap();
    assert_eq!(app.cart_now(&person).await, (Vec::new(), String::new()));
    app.decline(&person, &first).await;

    let expected = (lines(&[("COFFEE", 2)]), "WELCOME10".to_owned());
    assert_eq!(app.cart_now(&person).await, expected);
    let replayed = app.place(&person, checkout("first")).await.unwrap();
    assert_eq!(replayed.id, first.id, "the old key keeps its order");
    assert_eq!(app.cart_now(&person).await, expected);
    let second = app.place(&person, checkout("second")).await.unwrap();
    assert_ne!(second.id, first.id);
    assert_eq!(second.totals, first.totals);
    assert_eq!(second.discount_code, "WELCOME10");
    app.participants.confirm(&second.id).await;
    assert_eq!(app.cart_now(&person).await, (Vec::new(), String::new()));
    let empty = app.place(&person, checkout("third")).await.unwrap_err();
    assert_eq!(reason(&empty), "CART_EMPTY");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lines_join_what_was_put_in_meanwhile() {
    let mut app = App::start().await;
    app.sql(
        "INSERT INTO discount_codes (code, basis_points, valid_from)
         VALUES ('OTHER', 500, '2026-01-01')",
    )
    .await;
    let person = app.customer();
    app.put(&person, "COFFEE", 600).await;
    app.put(&person, "TEA", 1).await;
    app.set_code(&person, "WELCOME10").await;
    let order = app.place(&person, checkout("key")).await.unwrap();
    app.put(&person, "COFFEE", 600).await;
    app.put(&person, "MUG", 3).await;
    app.set_code(&person, "OTHER").await;
    app.decline(&person, &order).await;

    // In the order in which they were added: tea came back last.
    let joined = lines(&[("COFFEE", 999), ("MUG", 3), ("TEA", 1)]);
    assert_eq!(app.cart_now(&person).await, (joined, "OTHER".to_owned()));
    let timeline = app.timeline(&person, &order.id).await;
    assert_eq!(
        timeline[timeline.len() - 2..],
        ["order rejected", "order cart_full"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_stock_and_a_compensation_by_staff_return_the_lines_too() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    let reserve: ReserveStock = app.participants.receive(&order.id).await;
    let (id, reservation) = (reserve.order_id, reserve.reservation_id);
    app.participants.refuse_stock(id, reservation).await;
    app.wait_for(&person, &order.id, OrderStatus::Rejected)
        .await;
    assert_eq!(app.cart_now(&person).await.0, lines(&[("COFFEE", 2)]));

    let (person, order) = app.placed().await;
    let staff = app.staff();
    let request = staff.request(CompensateSagaRequest {
        order_id: order.id.clone(),
        reason: "the customer called".to_owned(),
    });
    app.sagas.compensate_saga(request).await.unwrap();
    assert!(app.cart_now(&person).await.0.is_empty(), "not undone yet");
    app.participants.release(&order.id).await;
    app.wait_for(&person, &order.id, OrderStatus::Rejected)
        .await;
    assert_eq!(app.cart_now(&person).await.0, lines(&[("COFFEE", 2)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_order_leaves_the_cart_alone() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    app.cancel(&person, &order.id).await.unwrap();
    app.participants.release(&order.id).await;
    app.wait_for(&person, &order.id, OrderStatus::Cancelled)
        .await;
    assert!(app.cart_now(&person).await.0.is_empty());
}

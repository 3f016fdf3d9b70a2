//! Declined payments are counted, so that nobody tests stolen cards here.

use contracts::messages::*;
use contracts::order::v1::{OrderStatus, PlaceOrderRequest};
use tonic::{Code, Request, Status};

use crate::support::{App, Person, checkout, reason};

const WINDOW: (&str, &str) = ("checkout.declines.window_s", "600");

fn with_method(key: &str, payment_method: &str) -> PlaceOrderRequest {
    PlaceOrderRequest {
        payment_method: payment_method.to_owned(),
        ..checkout(key)
    }
}

impl App {
    /// Places an order with this payment method, and declines it as this card.
    async fn declined(&mut self, person: &Person, method: &str, card: Option<&str>) {
        self.declined_from(person, method, card, "203.0.113.9")
            .await;
    }

    /// The same, from this network.
    async fn declined_from(
        &mut self,
        person: &Person,
        method: &str,
        card: Option<&str>,
        network: &str,
    ) {
        self.put(person, "COFFEE", 1).await;
        let key = uuid::Uuid::now_v7().to_string();
        let request = from(network, person.request(with_method(&key, method)));
        let answer = self.orders.place_order(request).await.unwrap();
        let order = answer.into_inner().order.unwrap();
        self.participants.reserve(&order.id).await;
        let command: AuthorizePayment = self.participants.receive(&order.id).await;
        let (id, payment) = (command.order_id, command.payment_id);
        self.participants.decline_card(id, payment, card).await;
        self.participants.release(&order.id).await;
        self.wait_for(person, &order.id, OrderStatus::Rejected)
            .await;
    }

    /// The rejected order gave its lines back to the cart.
    async fn refused(&mut self, person: &Person, method: &str) -> Status {
        let request = with_method("refused", method);
        let before = self.rows("orders", "true").await;
        let refused = self.place(person, request).await.unwrap_err();
        assert_eq!(self.rows("orders", "true").await, before);
        refused
    }
}

/// The request, as the gateway passes it on for a client in this network.
fn from<T>(network: &str, mut request: Request<T>) -> Request<T> {
    let network = network.parse().unwrap();
    request.metadata_mut().insert("x-client-network", network);
    request
}

/// The seconds after which a retry makes sense.
fn retry_after(refused: &Status) -> u64 {
    let details = chassis::status::Details::from_status(refused);
    details.retry_after.unwrap().as_secs()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_with_too_many_declines_cannot_order_and_nothing_is_reserved() {
    let mut app = App::with(&[WINDOW, ("checkout.declines.per_account", "2")]).await;
    let person = app.customer();
    app.declined(&person, "pm_one", None).await;
    app.declined(&person, "pm_two", None).await;
    let refused = app.refused(&person, "pm_three").await;
    assert_eq!(reason(&refused), "TOO_MANY_DECLINES");
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert!((1..=600).contains(&retry_after(&refused)));
    assert_eq!(app.participants.unread::<ReserveStock>(), 0);
    // Others are not affected.
    app.declined(&app.customer(), "pm_three", None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_with_too_many_declines_is_refused_for_every_account_and_method() {
    let mut app = App::with(&[WINDOW, ("checkout.declines.per_card", "2")]).await;
    app.declined(&app.customer(), "pm_one", Some("card")).await;
    let person = app.customer();
    app.declined(&person, "pm_two", Some("card")).await;
    for method in ["pm_one", "pm_two"] {
        let refused = app.refused(&person, method).await;
        assert_eq!(reason(&refused), "TOO_MANY_DECLINES");
    }
    app.declined(&person, "pm_other", Some("other")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_with_too_many_declines_is_refused_for_every_account() {
    let mut app = App::with(&[WINDOW, ("checkout.declines.per_network", "2")]).await;
    for method in ["pm_one", "pm_two"] {
        app.declined(&app.customer(), method, None).await;
    }
    let person = app.customer();
    app.put(&person, "COFFEE", 1).await;
    let request = || person.request(with_method("key", "pm_three"));
    let refused = app.orders.place_order(from("203.0.113.9", request()));
    assert_eq!(reason(&refused.await.unwrap_err()), "TOO_MANY_DECLINES");
    let placed = app.orders.place_order(from("2001:db8::/64", request()));
    assert!(placed.await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_network_is_forgotten_when_the_checkout_ends() {
    let mut app = App::with(&[WINDOW]).await;
    let person = app.customer();
    app.declined_from(&person, "pm_one", None, "198.51.100.7")
        .await;
    assert_eq!(app.rows("sagas", "client_network IS NOT NULL").await, 0);
    let counted = "network = '198.51.100.7'";
    assert_eq!(app.rows("payment_declines", counted).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_still_returns_the_order_of_an_account_with_too_many_declines() {
    let mut app = App::with(&[WINDOW, ("checkout.declines.per_account", "1")]).await;
    let (person, order) = app.placed().await;
    app.participants.reserve(&order.id).await;
    let command: AuthorizePayment = app.participants.receive(&order.id).await;
    let (id, payment) = (command.order_id, command.payment_id);
    app.participants.decline(id, payment).await;
    app.participants.release(&order.id).await;
    app.wait_for(&person, &order.id, OrderStatus::Rejected)
        .await;
    let refused = app.refused(&person, "pm_card_visa").await;
    assert_eq!(reason(&refused), "TOO_MANY_DECLINES");
    let replayed = app.place(&person, checkout("key")).await.unwrap();
    assert_eq!(replayed.id, order.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn declines_that_count_no_more_are_deleted() {
    let mut app = App::with(&[
        ("checkout.declines.window_s", "1"),
        ("checkout.declines.per_account", "1"),
        ("retention.sweep_every_s", "1"),
    ])
    .await;
    let person = app.customer();
    app.declined(&person, "pm_one", None).await;
    testkit::eventually("the decline is deleted", async || {
        (app.rows("payment_declines", "true").await == 0).then_some(())
    })
    .await;
    let order = app.place(&person, with_method("again", "pm_one")).await;
    assert!(order.is_ok());
}

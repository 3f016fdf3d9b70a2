//! Challenges: payments whose authorization waits for the customer (3-D Secure).

use chrono::{DateTime, TimeDelta, Utc};
use contracts::messages::*;
use contracts::order::v1::{Order, OrderStatus};
use testkit::eventually;

use crate::support::{App, Person};

const BANK: &str = "https://hooks.stripe.com/redirect/authenticate/src_1";
const SHORT: [(&str, &str); 1] = [("saga.authentication_wait_ms", "300")];

/// An order that waits for its customer, and the authorization without a final reply.
async fn waiting(app: &mut App) -> (Person, Order, AuthorizePayment) {
    let (person, order) = app.placed().await;
    app.participants.reserve(&order.id).await;
    let command = app.participants.require_action(&order.id, BANK).await;
    let order = challenged_at(app, &person, &order.id, BANK).await;
    (person, order, command)
}

async fn challenged_at(app: &mut App, person: &Person, id: &str, url: &str) -> Order {
    eventually("a next action", async || {
        let order = app.order(person, id).await;
        let action = order.next_action.as_ref();
        action
            .is_some_and(|action| action.redirect_url == url)
            .then_some(order)
    })
    .await
}

fn expires_at(order: &Order) -> DateTime<Utc> {
    let at = order.next_action.as_ref().unwrap().expires_at.unwrap();
    time(at.seconds, at.nanos)
}

fn placed_at(order: &Order) -> DateTime<Utc> {
    let at = order.placed_at.unwrap();
    time(at.seconds, at.nanos)
}

fn time(seconds: i64, nanos: i32) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, nanos.cast_unsigned()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_waits_for_its_customer_and_is_confirmed_after_the_challenge() {
    let mut app = App::start().await;
    let (person, order, command) = waiting(&mut app).await;
    assert_eq!(order.status(), OrderStatus::Pending);
    assert!(!order.in_progress);
    // Counted from the first challenge, which is after the order was placed.
    let left = expires_at(&order) - placed_at(&order);
    assert!(left > TimeDelta::minutes(10), "{left}");
    let event: OrderActionRequired = app.participants.receive(&order.id).await;
    assert_eq!(event.expires_at, expires_at(&order));

    app.participants.reply_authorized(&command).await;
    app.participants.commit(&order.id).await;
    let order = app
        .wait_for(&person, &order.id, OrderStatus::Confirmed)
        .await;
    assert_eq!(order.next_action, None);
    assert_eq!(
        app.timeline(&person, &order.id).await,
        [
            "order placed",
            "catalog stock_reserved",
            "payment payment_action_required",
            "payment payment_authorized",
            "catalog reservation_committed",
            "order confirmed",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abandoned_challenge_undoes_the_order() {
    let mut app = App::with(&SHORT).await;
    let (person, order) = app.placed().await;
    app.participants.reserve(&order.id).await;
    let command = app.participants.require_action(&order.id, BANK).await;
    let void: VoidPayment = app.participants.receive(&order.id).await;
    // The customer completes the challenge too late: the authorization is voided.
    app.participants.reply_authorized(&command).await;
    app.participants
        .publish(&PaymentVoided {
            order_id: void.order_id,
            payment_id: void.payment_id,
        })
        .await;
    app.participants.release(&order.id).await;
    let rejected: OrderRejected = app.participants.receive(&order.id).await;
    assert_eq!(rejected.reason, "payment_expired");
    let order = app
        .wait_for(&person, &order.id, OrderStatus::Rejected)
        .await;
    assert_eq!(
        (order.reason.as_str(), order.next_action),
        ("payment_expired", None)
    );
    assert_eq!(
        app.timeline(&person, &order.id).await,
        [
            "order placed",
            "catalog stock_reserved",
            "payment payment_action_required",
            "order payment_abandoned",
            "payment payment_voided",
            "catalog stock_released",
            "order rejected",
        ]
    );
    assert_eq!(app.participants.unread::<CommitReservation>(), 0);
    assert_eq!(
        app.participants.unread::<AuthorizePayment>(),
        0,
        "the authorization is not requested again"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_challenge_does_not_extend_the_deadline() {
    let mut app = App::start().await;
    let (person, order, command) = waiting(&mut app).await;
    app.participants.publish_action(&command, BANK).await;
    let elsewhere = "https://hooks.stripe.com/redirect/authenticate/src_2";
    app.participants.publish_action(&command, elsewhere).await;
    let again = challenged_at(&mut app, &person, &order.id, elsewhere).await;
    assert_eq!(expires_at(&again), expires_at(&order));
    let deadline = "next_attempt_at = action_expires_at AND attempts = 1";
    assert_eq!(app.rows("sagas", deadline).await, 1);
    app.participants.reply_authorized(&command).await;
    app.participants.commit(&order.id).await;
    let _: OrderConfirmed = app.participants.receive(&order.id).await;
    let events = app.participants.unread::<OrderActionRequired>();
    assert_eq!(events, 1, "the customer is notified once");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_waits_for_its_customer_can_be_cancelled() {
    let mut app = App::start().await;
    let (person, order, _) = waiting(&mut app).await;
    let answer = app.cancel(&person, &order.id).await.unwrap();
    assert_eq!(answer.next_action, None);
    app.participants.void(&order.id).await;
    app.participants.release(&order.id).await;
    let order = app
        .wait_for(&person, &order.id, OrderStatus::Cancelled)
        .await;
    assert_eq!(order.reason, "by_customer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_challenge_rejects_the_order() {
    let mut app = App::start().await;
    let (person, order, command) = waiting(&mut app).await;
    app.participants
        .decline(command.order_id, command.payment_id)
        .await;
    app.participants.release(&order.id).await;
    let order = app
        .wait_for(&person, &order.id, OrderStatus::Rejected)
        .await;
    assert_eq!(
        (order.reason.as_str(), order.next_action),
        ("payment_declined", None)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_challenge_does_not_apply() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    app.participants.reserve(&order.id).await;
    let command = app.participants.authorize(&order.id).await;
    app.participants.publish_action(&command, BANK).await;
    app.participants.commit(&order.id).await;
    let order = app
        .wait_for(&person, &order.id, OrderStatus::Confirmed)
        .await;
    assert_eq!(order.next_action, None);
    assert_eq!(app.timeline(&person, &order.id).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_challenge_with_a_url_other_than_http_is_rejected() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    app.participants.reserve(&order.id).await;
    let command = app
        .participants
        .require_action(&order.id, "javascript:alert(1)")
        .await;
    app.participants.publish_action(&command, BANK).await;
    challenged_at(&mut app, &person, &order.id, BANK).await;
    let timeline = app.timeline(&person, &order.id).await;
    assert_eq!(timeline[2..], ["payment payment_action_required"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reservation_outlives_the_time_for_the_challenge() {
    let mut app = App::with(&[("saga.authentication_wait_ms", "7200000")]).await;
    let (_, order) = app.placed().await;
    let reserve: ReserveStock = app.participants.receive(&order.id).await;
    assert!(reserve.expires_at - placed_at(&order) > TimeDelta::minutes(120));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_action_that_an_older_version_left_in_the_row_is_ignored() {
    let mut app = App::start().await;
    let (person, order) = app.confirmed().await;
    app.sql(&format!(
        "UPDATE sagas SET action_url = '{BANK}', action_expires_at = now() WHERE order_id = '{}'",
        order.id
    ))
    .await;
    assert_eq!(app.order(&person, &order.id).await.next_action, None);
    app.ship(&order.id, "TRACK-1").await.unwrap();
    // The capture has its own deadline, not that of the challenge.
    let late = format!("order_id = '{}' AND next_attempt_at <= now()", order.id);
    assert_eq!(app.rows("sagas", &late).await, 0);
    assert_eq!(app.rows("sagas", "action_url IS NOT NULL").await, 0);
}

//! Authorizations that expire before the capture.

use contracts::messages::*;
use contracts::order::v1::{Order, OrderStatus};
use testkit::eventually;

use crate::support::{App, Person, total};

/// A confirmed order, and the command of its authorization.
async fn confirmed(app: &mut App) -> (Person, Order, AuthorizePayment) {
    let (person, order) = app.placed().await;
    app.participants.reserve(&order.id).await;
    let command = app.participants.authorize(&order.id).await;
    app.participants.commit(&order.id).await;
    let order = app
        .wait_for(&person, &order.id, OrderStatus::Confirmed)
        .await;
    (person, order, command)
}

async fn expire(app: &App, command: &AuthorizePayment) {
    let participants = &app.participants;
    participants
        .expire(command.order_id, command.payment_id)
        .await;
}

/// Waits until the expiry is in the timeline.
async fn recorded(app: &mut App, person: &Person, id: &str) {
    eventually("the expiry in the timeline", async || {
        let timeline = app.timeline(person, id).await;
        let expiry = "payment authorization_expired".to_owned();
        timeline.contains(&expiry).then_some(())
    })
    .await;
}

async fn undone(app: &mut App, person: &Person, id: &str) {
    app.participants.void(id).await;
    app.participants.release(id).await;
    let event: OrderCancelled = app.participants.receive(id).await;
    assert_eq!(event.reason, "payment_expired");
    let order = app.wait_for(person, id, OrderStatus::Cancelled).await;
    assert_eq!(order.reason, "payment_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_authorization_cancels_a_confirmed_order() {
    let mut app = App::start().await;
    let (person, order, command) = confirmed(&mut app).await;
    expire(&app, &command).await;
    undone(&mut app, &person, &order.id).await;
    assert_eq!(
        app.timeline(&person, &order.id).await[5..],
        [
            "payment authorization_expired",
            "payment payment_voided",
            "catalog stock_released",
            "order cancelled",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_that_expires_during_the_commit_cancels_after_the_confirmation() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    app.participants.reserve(&order.id).await;
    let command = app.participants.authorize(&order.id).await;
    let commit: CommitReservation = app.participants.receive(&order.id).await;
    expire(&app, &command).await;
    recorded(&mut app, &person, &order.id).await;
    let pending = app.order(&person, &order.id).await;
    assert_eq!(pending.status(), OrderStatus::Pending);
    app.participants
        .publish(&ReservationCommitted {
            order_id: commit.order_id,
            reservation_id: commit.reservation_id,
        })
        .await;
    undone(&mut app, &person, &order.id).await;
    app.participants.receive::<OrderConfirmed>(&order.id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_whose_expiry_arrives_first_is_undone() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    app.participants.reserve(&order.id).await;
    let command: AuthorizePayment = app.participants.receive(&order.id).await;
    expire(&app, &command).await;
    recorded(&mut app, &person, &order.id).await;
    app.participants.reply_authorized(&command).await;
    app.participants.void(&order.id).await;
    app.participants.release(&order.id).await;
    let order = app
        .wait_for(&person, &order.id, OrderStatus::Rejected)
        .await;
    assert_eq!(order.reason, "payment_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_that_expires_during_the_capture_cancels_when_that_fails() {
    let mut app = App::start().await;
    let (person, order, command) = confirmed(&mut app).await;
    app.ship(&order.id, "TRACK-1").await.unwrap();
    let capture: CapturePayment = app.participants.receive(&order.id).await;
    expire(&app, &command).await;
    recorded(&mut app, &person, &order.id).await;
    app.participants
        .publish(&CaptureFailed {
            order_id: capture.order_id,
            payment_id: capture.payment_id,
            code: "payment_intent_unexpected_state".to_owned(),
            shipment: capture.shipment,
        })
        .await;
    undone(&mut app, &person, &order.id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expiry_during_a_capture_that_succeeds_changes_nothing() {
    let mut app = App::start().await;
    let (person, order, command) = confirmed(&mut app).await;
    app.ship(&order.id, "TRACK-1").await.unwrap();
    expire(&app, &command).await;
    recorded(&mut app, &person, &order.id).await;
    app.participants.capture(&order.id, total(&order)).await;
    app.wait_for(&person, &order.id, OrderStatus::Shipped).await;
    // The same event in a new message.
    expire(&app, &command).await;
    app.confirmed().await;
    let timeline = app.timeline(&person, &order.id).await;
    let expiries = timeline
        .iter()
        .filter(|entry| *entry == "payment authorization_expired");
    assert_eq!(expiries.count(), 1);
    assert_eq!(app.participants.unread::<VoidPayment>(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expiry_after_the_end_of_an_order_is_only_recorded() {
    let mut app = App::start().await;
    let (person, order, command) = confirmed(&mut app).await;
    app.cancel(&person, &order.id).await.unwrap();
    app.participants.void(&order.id).await;
    app.participants.release(&order.id).await;
    app.wait_for(&person, &order.id, OrderStatus::Cancelled)
        .await;
    expire(&app, &command).await;
    recorded(&mut app, &person, &order.id).await;
    let order = app.order(&person, &order.id).await;
    assert_eq!(order.status(), OrderStatus::Cancelled);
    assert_eq!(order.reason, "by_customer");
    let late = "kind = 'authorization_expired' AND message LIKE '%no longer changes the order'";
    assert_eq!(app.rows("order_events", late).await, 1);
}

//! Authorizations that the provider lets go before the money is taken.

use contracts::messages::*;
use contracts::order::v1::{Order, OrderStatus};
use testkit::eventually;

use crate::support::{App, Person, total};

/// A confirmed order, and what payment was asked for.
async fn confirmed(app: &mut App) -> (Person, Order, AuthorizePayment) {
    let (person, order) = app.placed().await;
    app.participants.reserve(&order.id).await;
    let command = app.participants.authorize(&order.id).await;
    app.participants.commit(&order.id).await;
    let order = app
        .eventually(&person, &order.id, OrderStatus::Confirmed)
        .await;
    (person, order, command)
}

async fn expire(app: &App, command: &AuthorizePayment) {
    let participants = &app.participants;
    participants
        .expire(command.order_id, command.payment_id)
        .await;
}

/// Waits until the news of the expiry stands in the timeline.
async fn noted(app: &mut App, person: &Person, id: &str) {
    eventually("the news", async || {
        let timeline = app.timeline(person, id).await;
        let news = "payment authorization_expired".to_owned();
        timeline.contains(&news).then_some(())
    })
    .await;
}

async fn undone(app: &mut App, person: &Person, id: &str) {
    app.participants.void(id).await;
    app.participants.release(id).await;
    let event: OrderCancelled = app.participants.hear(id).await;
    assert_eq!(event.reason, "payment_expired");
    let order = app.eventually(person, id, OrderStatus::Cancelled).await;
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
    let commit: CommitReservation = app.participants.hear(&order.id).await;
    expire(&app, &command).await;
    noted(&mut app, &person, &order.id).await;
    let pending = app.order(&person, &order.id).await;
    assert_eq!(pending.status(), OrderStatus::Pending);
    app.participants
        .say(&ReservationCommitted {
            order_id: commit.order_id,
            reservation_id: commit.reservation_id,
        })
        .await;
    undone(&mut app, &person, &order.id).await;
    app.participants.hear::<OrderConfirmed>(&order.id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_whose_end_is_heard_of_first_is_undone() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    app.participants.reserve(&order.id).await;
    let command: AuthorizePayment = app.participants.hear(&order.id).await;
    expire(&app, &command).await;
    noted(&mut app, &person, &order.id).await;
    app.participants.hold(&command).await;
    app.participants.void(&order.id).await;
    app.participants.release(&order.id).await;
    let order = app
        .eventually(&person, &order.id, OrderStatus::Rejected)
        .await;
    assert_eq!(order.reason, "payment_expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_that_expires_during_the_capture_cancels_when_that_fails() {
    let mut app = App::start().await;
    let (person, order, command) = confirmed(&mut app).await;
    app.ship(&order.id, "TRACK-1").await.unwrap();
    let capture: CapturePayment = app.participants.hear(&order.id).await;
    expire(&app, &command).await;
    noted(&mut app, &person, &order.id).await;
    app.participants
        .say(&CaptureFailed {
            order_id: capture.order_id,
            payment_id: capture.payment_id,
            code: "payment_intent_unexpected_state".to_owned(),
            shipment: capture.shipment,
        })
        .await;
    undone(&mut app, &person, &order.id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_that_was_captured_in_time_has_not_expired() {
    let mut app = App::start().await;
    let (person, order, command) = confirmed(&mut app).await;
    app.ship(&order.id, "TRACK-1").await.unwrap();
    expire(&app, &command).await;
    noted(&mut app, &person, &order.id).await;
    app.participants.capture(&order.id, total(&order)).await;
    app.eventually(&person, &order.id, OrderStatus::Shipped)
        .await;
    // Heard of once more, in a new message.
    expire(&app, &command).await;
    app.confirmed().await;
    let timeline = app.timeline(&person, &order.id).await;
    let news = timeline
        .iter()
        .filter(|entry| *entry == "payment authorization_expired");
    assert_eq!(news.count(), 1);
    assert_eq!(app.participants.unasked::<VoidPayment>(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_authorization_changes_nothing_that_is_over_and_says_so() {
    let mut app = App::start().await;
    let (person, order, command) = confirmed(&mut app).await;
    app.cancel(&person, &order.id).await.unwrap();
    app.participants.void(&order.id).await;
    app.participants.release(&order.id).await;
    app.eventually(&person, &order.id, OrderStatus::Cancelled)
        .await;
    expire(&app, &command).await;
    noted(&mut app, &person, &order.id).await;
    let order = app.order(&person, &order.id).await;
    assert_eq!(order.status(), OrderStatus::Cancelled);
    assert_eq!(order.reason, "by_customer");
    let late = "kind = 'authorization_expired' AND message LIKE '%nothing any more'";
    assert_eq!(app.rows("order_events", late).await, 1);
}

//! Overdue replies: a step is requested again, and then undone or requested until a reply comes.
//! Only the step under test has a short wait, so that a slow machine reaches no other deadline.

use contracts::messages::*;
use contracts::order::v1::OrderStatus;

use crate::support::App;

const STOCK: [(&str, &str); 2] = [
    ("saga.reserve_wait_ms", "100"),
    ("saga.reserve_attempts", "2"),
];
const PAYMENT: [(&str, &str); 2] = [
    ("saga.authorize_wait_ms", "100"),
    ("saga.authorize_attempts", "2"),
];
const INSIST: [(&str, &str); 2] = [
    ("saga.insist_wait_ms", "100"),
    ("saga.insist_wait_max_ms", "200"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_without_reply_is_requested_again_then_released() {
    let mut app = App::with(&STOCK).await;
    let (person, order) = app.placed().await;
    let first: ReserveStock = app.participants.receive(&order.id).await;
    let second: ReserveStock = app.participants.receive(&order.id).await;
    assert_eq!(first, second, "the same command");
    app.participants.release(&order.id).await;

    let order = app
        .wait_for(&person, &order.id, OrderStatus::Rejected)
        .await;
    assert_eq!(order.reason, "stock_timed_out");
    assert_eq!(
        app.timeline(&person, &order.id).await,
        [
            "order placed",
            "order asked_again",
            "order timed_out",
            "catalog stock_released",
            "order rejected",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_to_the_second_request_continues_the_checkout() {
    let mut app = App::with(&[
        ("saga.reserve_wait_ms", "500"),
        ("saga.reserve_attempts", "6"),
    ])
    .await;
    let (person, order) = app.placed().await;
    app.participants.receive::<ReserveStock>(&order.id).await;
    app.participants.reserve(&order.id).await;
    app.participants.authorize(&order.id).await;
    app.participants.commit(&order.id).await;
    app.wait_for(&person, &order.id, OrderStatus::Confirmed)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_without_reply_is_voided_and_the_stock_released() {
    let mut app = App::with(&PAYMENT).await;
    let (person, order) = app.placed().await;
    app.participants.reserve(&order.id).await;
    let first: AuthorizePayment = app.participants.receive(&order.id).await;
    let second: AuthorizePayment = app.participants.receive(&order.id).await;
    assert_eq!(first, second, "the same command");
    app.participants.void(&order.id).await;
    app.participants.release(&order.id).await;

    let order = app
        .wait_for(&person, &order.id, OrderStatus::Rejected)
        .await;
    assert_eq!(order.reason, "payment_timed_out");
    assert_eq!(
        app.timeline(&person, &order.id).await,
        [
            "order placed",
            "catalog stock_reserved",
            "order asked_again",
            "order timed_out",
            "payment payment_voided",
            "catalog stock_released",
            "order rejected",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_is_requested_until_a_reply() {
    let mut app = App::with(&INSIST).await;
    let (person, order) = app.placed().await;
    app.participants.reserve(&order.id).await;
    app.participants.authorize(&order.id).await;
    for _ in 0..4 {
        app.participants
            .receive::<CommitReservation>(&order.id)
            .await;
        let order = app.order(&person, &order.id).await;
        assert_eq!(
            order.status(),
            OrderStatus::Pending,
            "the outcome is not guessed"
        );
    }
    app.participants.commit(&order.id).await;
    app.wait_for(&person, &order.id, OrderStatus::Confirmed)
        .await;
    assert_eq!(app.participants.unread::<VoidPayment>(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_void_and_a_release_are_requested_until_a_reply() {
    let mut app = App::with(&INSIST).await;
    let (person, order) = app.confirmed().await;
    app.cancel(&person, &order.id).await.unwrap();
    for _ in 0..3 {
        app.participants.receive::<VoidPayment>(&order.id).await;
    }
    app.participants.void(&order.id).await;
    for _ in 0..3 {
        app.participants.receive::<ReleaseStock>(&order.id).await;
    }
    app.participants.release(&order.id).await;
    app.wait_for(&person, &order.id, OrderStatus::Cancelled)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_capture_is_requested_until_a_reply() {
    let mut app = App::with(&INSIST).await;
    let (person, order) = app.confirmed().await;
    app.ship(&order.id, "TRACK-1").await.unwrap();
    for _ in 0..3 {
        app.participants.receive::<CapturePayment>(&order.id).await;
    }
    let total = crate::support::total(&order);
    app.participants.capture(&order.id, total).await;
    app.wait_for(&person, &order.id, OrderStatus::Shipped).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_saga_does_not_block_the_others() {
    let mut app = App::with(&STOCK).await;
    let (_, broken) = app.placed().await;
    let unknown = "UPDATE sagas SET reason = 'from_the_future' WHERE step = 'reserve'";
    app.sql(unknown).await;
    let (person, order) = app.placed().await;
    app.participants.release(&order.id).await;
    app.wait_for(&person, &order.id, OrderStatus::Rejected)
        .await;
    let kept = format!("order_id = '{}' AND reason = 'from_the_future'", broken.id);
    assert_eq!(app.rows("sagas", &kept).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_first_attempts_are_in_the_timeline() {
    let mut app = App::with(&[
        ("saga.insist_wait_ms", "20"),
        ("saga.insist_wait_max_ms", "20"),
    ])
    .await;
    let (person, order) = app.placed().await;
    app.participants.reserve(&order.id).await;
    app.participants.authorize(&order.id).await;
    for _ in 0..12 {
        app.participants
            .receive::<CommitReservation>(&order.id)
            .await;
    }
    let timeline = app.timeline(&person, &order.id).await;
    let repeated = timeline
        .iter()
        .filter(|entry| *entry == "order asked_again");
    assert_eq!(repeated.count(), 4);
}

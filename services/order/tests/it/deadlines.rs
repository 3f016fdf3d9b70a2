//! Nobody answers: each step is asked for again, then undone, or asked for until it is answered.
//! Only the step of the test has a short wait, so that a slow machine meets no other deadline.

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
async fn an_unanswered_reservation_is_asked_for_again_then_released() {
    let mut app = App::with(&STOCK).await;
    let (person, order) = app.placed().await;
    let first: ReserveStock = app.participants.hear(&order.id).await;
    let second: ReserveStock = app.participants.hear(&order.id).await;
    assert_eq!(first, second, "the very same question");
    app.participants.release(&order.id).await;

    let order = app
        .eventually(&person, &order.id, OrderStatus::Rejected)
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
async fn a_reservation_answered_at_the_second_asking_goes_on() {
    let mut app = App::with(&[
        ("saga.reserve_wait_ms", "500"),
        ("saga.reserve_attempts", "6"),
    ])
    .await;
    let (person, order) = app.placed().await;
    app.participants.hear::<ReserveStock>(&order.id).await;
    app.participants.reserve(&order.id).await;
    app.participants.authorize(&order.id).await;
    app.participants.commit(&order.id).await;
    app.eventually(&person, &order.id, OrderStatus::Confirmed)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unanswered_authorization_is_voided_and_the_stock_released() {
    let mut app = App::with(&PAYMENT).await;
    let (person, order) = app.placed().await;
    app.participants.reserve(&order.id).await;
    let first: AuthorizePayment = app.participants.hear(&order.id).await;
    let second: AuthorizePayment = app.participants.hear(&order.id).await;
    assert_eq!(first, second, "the very same question");
    app.participants.void(&order.id).await;
    app.participants.release(&order.id).await;

    let order = app
        .eventually(&person, &order.id, OrderStatus::Rejected)
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
async fn an_unanswered_commit_is_asked_for_until_it_is_answered() {
    let mut app = App::with(&INSIST).await;
    let (person, order) = app.placed().await;
    app.participants.reserve(&order.id).await;
    app.participants.authorize(&order.id).await;
    for _ in 0..4 {
        app.participants.hear::<CommitReservation>(&order.id).await;
        let order = app.order(&person, &order.id).await;
        assert_eq!(order.status(), OrderStatus::Pending, "never guessed");
    }
    app.participants.commit(&order.id).await;
    app.eventually(&person, &order.id, OrderStatus::Confirmed)
        .await;
    assert_eq!(app.participants.unasked::<VoidPayment>(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unanswered_void_and_release_are_asked_for_until_they_are_answered() {
    let mut app = App::with(&INSIST).await;
    let (person, order) = app.confirmed().await;
    app.cancel(&person, &order.id).await.unwrap();
    for _ in 0..3 {
        app.participants.hear::<VoidPayment>(&order.id).await;
    }
    app.participants.void(&order.id).await;
    for _ in 0..3 {
        app.participants.hear::<ReleaseStock>(&order.id).await;
    }
    app.participants.release(&order.id).await;
    app.eventually(&person, &order.id, OrderStatus::Cancelled)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unanswered_capture_is_asked_for_until_it_is_answered() {
    let mut app = App::with(&INSIST).await;
    let (person, order) = app.confirmed().await;
    app.ship(&order.id, "TRACK-1").await.unwrap();
    for _ in 0..3 {
        app.participants.hear::<CapturePayment>(&order.id).await;
    }
    let total = crate::support::total(&order);
    app.participants.capture(&order.id, total).await;
    app.eventually(&person, &order.id, OrderStatus::Shipped)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saga_that_can_not_be_read_does_not_hold_up_the_others() {
    let mut app = App::with(&STOCK).await;
    let (_, broken) = app.placed().await;
    let unknown = "UPDATE sagas SET reason = 'from_the_future' WHERE step = 'reserve'";
    app.sql(unknown).await;
    let (person, order) = app.placed().await;
    app.participants.release(&order.id).await;
    app.eventually(&person, &order.id, OrderStatus::Rejected)
        .await;
    let kept = format!("order_id = '{}' AND reason = 'from_the_future'", broken.id);
    assert_eq!(app.rows("sagas", &kept).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_first_questions_are_worth_a_row_of_the_timeline() {
    let mut app = App::with(&[
        ("saga.insist_wait_ms", "20"),
        ("saga.insist_wait_max_ms", "20"),
    ])
    .await;
    let (person, order) = app.placed().await;
    app.participants.reserve(&order.id).await;
    app.participants.authorize(&order.id).await;
    for _ in 0..12 {
        app.participants.hear::<CommitReservation>(&order.id).await;
    }
    let timeline = app.timeline(&person, &order.id).await;
    let asked = timeline
        .iter()
        .filter(|entry| *entry == "order asked_again");
    assert_eq!(asked.count(), 4);
}

use contracts::messages::*;
use contracts::order::v1::OrderStatus;

use crate::support::{App, reason, total};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_waits_for_stock_is_cancelled_and_the_stock_released() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    let answer = app.cancel(&person, &order.id).await.unwrap();
    assert_eq!(answer.status(), OrderStatus::Pending);
    assert!(answer.in_progress);
    app.participants.release(&order.id).await;
    let order = app
        .wait_for(&person, &order.id, OrderStatus::Cancelled)
        .await;
    assert_eq!(order.reason, "by_customer");
    let event: OrderCancelled = app.participants.receive(&order.id).await;
    assert_eq!(event.reason, "by_customer");
    assert_eq!(
        app.timeline(&person, &order.id).await,
        [
            "order placed",
            "order cancel_requested",
            "catalog stock_released",
            "order cancelled",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_waits_for_payment_is_cancelled_voided_and_released() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    app.participants.reserve(&order.id).await;
    app.participants
        .receive::<AuthorizePayment>(&order.id)
        .await;
    app.cancel(&person, &order.id).await.unwrap();
    app.participants.void(&order.id).await;
    app.participants.release(&order.id).await;
    app.wait_for(&person, &order.id, OrderStatus::Cancelled)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_being_committed_can_be_cancelled_afterwards() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    app.participants.reserve(&order.id).await;
    app.participants.authorize(&order.id).await;
    let commit: CommitReservation = app.participants.receive(&order.id).await;
    let refused = app.cancel(&person, &order.id).await.unwrap_err();
    assert_eq!(reason(&refused), "ORDER_NOT_CANCELLABLE");

    app.participants
        .publish(&ReservationCommitted {
            order_id: commit.order_id,
            reservation_id: commit.reservation_id,
        })
        .await;
    app.wait_for(&person, &order.id, OrderStatus::Confirmed)
        .await;
    app.cancel(&person, &order.id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_order_is_cancelled_by_staff_and_everything_is_undone() {
    let mut app = App::start().await;
    let (person, order) = app.confirmed().await;
    let staff = app.staff();
    let answer = app.cancel(&staff, &order.id).await.unwrap();
    assert_eq!(answer.status(), OrderStatus::Confirmed);
    assert!(answer.in_progress);
    app.participants.void(&order.id).await;
    app.participants.release(&order.id).await;
    let order = app
        .wait_for(&person, &order.id, OrderStatus::Cancelled)
        .await;
    assert_eq!(order.reason, "by_staff");
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_again_changes_nothing() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    for _ in 0..3 {
        app.cancel(&person, &order.id).await.unwrap();
    }
    app.participants.release(&order.id).await;
    app.wait_for(&person, &order.id, OrderStatus::Cancelled)
        .await;
    let answer = app.cancel(&person, &order.id).await.unwrap();
    assert_eq!(answer.status(), OrderStatus::Cancelled);
    let timeline = app.timeline(&person, &order.id).await;
    let requests = timeline
        .iter()
        .filter(|entry| *entry == "order cancel_requested");
    assert_eq!(requests.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn rejected_and_shipped_orders_are_not_cancelled() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    let reserve: ReserveStock = app.participants.receive(&order.id).await;
    let (id, reservation) = (reserve.order_id, reserve.reservation_id);
    app.participants.refuse_stock(id, reservation).await;
    app.wait_for(&person, &order.id, OrderStatus::Rejected)
        .await;
    let refused = app.cancel(&person, &order.id).await.unwrap_err();
    assert_eq!(reason(&refused), "ORDER_NOT_CANCELLABLE");

    let (person, order) = app.shipped().await;
    let refused = app.cancel(&person, &order.id).await.unwrap_err();
    assert_eq!(reason(&refused), "ORDER_NOT_CANCELLABLE");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_never_both_cancelled_and_shipped() {
    let mut app = App::start().await;
    for _ in 0..8 {
        let (person, order) = app.confirmed().await;
        let (mut orders, staff) = (app.orders.clone(), app.staff());
        let ship = staff.request(contracts::order::v1::ShipOrderRequest {
            id: order.id.clone(),
            tracking_number: "TRACK-1".to_owned(),
        });
        let (shipped, cancelled) =
            tokio::join!(orders.ship_order(ship), app.cancel(&person, &order.id));
        match (shipped, cancelled) {
            (Ok(_), Err(refused)) => {
                assert_eq!(reason(&refused), "ORDER_NOT_CANCELLABLE");
                app.participants.capture(&order.id, total(&order)).await;
                app.wait_for(&person, &order.id, OrderStatus::Shipped).await;
            }
            (Err(refused), Ok(_)) => {
                assert_eq!(reason(&refused), "ORDER_NOT_SHIPPABLE");
                app.participants.void(&order.id).await;
                app.participants.release(&order.id).await;
                app.wait_for(&person, &order.id, OrderStatus::Cancelled)
                    .await;
            }
            both => panic!("exactly one of them must succeed: {both:?}"),
        }
    }
}

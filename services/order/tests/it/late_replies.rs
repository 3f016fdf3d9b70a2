//! Replies that are duplicate, late, out of order, or about something else: they change nothing.

use contracts::messages::*;
use contracts::order::v1::OrderStatus;
use kernel::{OrderId, PaymentId, ReservationId};
use messaging::{Broker, BrokerConfig};
use testkit::eventually;

use crate::support::App;

#[tokio::test(flavor = "multi_thread")]
async fn duplicate_replies_confirm_an_order_once() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    let reserve = app.participants.reserve(&order.id).await;
    let again = StockReserved {
        order_id: reserve.order_id,
        reservation_id: reserve.reservation_id,
        expires_at: reserve.expires_at,
    };
    app.participants.publish(&again).await;
    let authorize = app.participants.authorize(&order.id).await;
    let authorized = PaymentAuthorized {
        order_id: authorize.order_id,
        payment_id: authorize.payment_id,
        amount: authorize.amount,
    };
    // The same reply in a new message, and the same message twice.
    let envelope = app.participants.publish(&authorized).await;
    app.participants
        .publish_again::<PaymentAuthorized>(envelope)
        .await;
    app.participants.commit(&order.id).await;
    let committed = ReservationCommitted {
        order_id: reserve.order_id,
        reservation_id: reserve.reservation_id,
    };
    app.participants.publish(&committed).await;
    app.wait_for(&person, &order.id, OrderStatus::Confirmed)
        .await;
    settle(&mut app).await;

    assert_eq!(app.timeline(&person, &order.id).await.len(), 5);
    assert_eq!(app.participants.unread::<AuthorizePayment>(), 0);
    assert_eq!(app.participants.unread::<CommitReservation>(), 0);
    assert_eq!(app.participants.unread::<OrderConfirmed>(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorization_after_the_step_was_given_up_changes_nothing() {
    let settings = [
        ("saga.authorize_wait_ms", "100"),
        ("saga.authorize_attempts", "1"),
    ];
    let mut app = App::with(&settings).await;
    let (person, order) = app.placed().await;
    app.participants.reserve(&order.id).await;
    let authorize: AuthorizePayment = app.participants.receive(&order.id).await;
    let void: VoidPayment = app.participants.receive(&order.id).await;
    app.participants
        .publish(&PaymentAuthorized {
            order_id: authorize.order_id,
            payment_id: authorize.payment_id,
            amount: authorize.amount,
        })
        .await;
    app.participants
        .publish(&PaymentVoided {
            order_id: void.order_id,
            payment_id: void.payment_id,
        })
        .await;
    app.participants.release(&order.id).await;
    let order = app
        .wait_for(&person, &order.id, OrderStatus::Rejected)
        .await;
    assert_eq!(order.reason, "payment_timed_out");
    assert_eq!(app.participants.unread::<CommitReservation>(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn replies_out_of_order_do_not_skip_a_step() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    let reserve: ReserveStock = app.participants.receive(&order.id).await;
    let (order_id, reservation_id) = (reserve.order_id, reserve.reservation_id);
    app.participants
        .publish(&ReservationCommitted {
            order_id,
            reservation_id,
        })
        .await;
    app.participants
        .publish(&StockReleased {
            order_id,
            reservation_id,
        })
        .await;
    settle(&mut app).await;
    let found = app.order(&person, &order.id).await;
    assert_eq!(found.status(), OrderStatus::Pending);
    assert_eq!(app.timeline(&person, &order.id).await, ["order placed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_about_another_reservation_or_payment_is_a_dead_letter() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    let reserve: ReserveStock = app.participants.receive(&order.id).await;
    app.participants
        .refuse_stock(reserve.order_id, ReservationId::generate())
        .await;
    app.participants
        .decline(reserve.order_id, PaymentId::generate())
        .await;
    eventually("two dead letters", async || {
        (app.dead_letters().await == 2).then_some(())
    })
    .await;
    assert_eq!(app.timeline(&person, &order.id).await, ["order placed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_about_an_unknown_order_is_a_dead_letter() {
    let app = App::start().await;
    app.participants
        .decline(OrderId::generate(), PaymentId::generate())
        .await;
    let broker = Broker::new(&BrokerConfig::at(app.broker_url().into())).unwrap();
    let dead = eventually("a dead letter", async || {
        let listed = broker.dead_letters("order.replies").list(10).await;
        listed.ok().filter(|dead| !dead.is_empty())
    })
    .await;
    assert!(
        dead[0].error.contains("does not exist"),
        "{}",
        dead[0].error
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn no_reply_leads_out_of_a_final_status() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    let reserve: ReserveStock = app.participants.receive(&order.id).await;
    let (order_id, reservation_id) = (reserve.order_id, reserve.reservation_id);
    app.participants
        .refuse_stock(order_id, reservation_id)
        .await;
    app.wait_for(&person, &order.id, OrderStatus::Rejected)
        .await;
    app.participants
        .publish(&StockReserved {
            order_id,
            reservation_id,
            expires_at: reserve.expires_at,
        })
        .await;
    app.participants
        .publish(&ReservationCommitted {
            order_id,
            reservation_id,
        })
        .await;
    settle(&mut app).await;
    let order = app.order(&person, &order.id).await;
    assert_eq!(order.status(), OrderStatus::Rejected);
    assert_eq!(app.timeline(&person, &order.id).await.len(), 3);
}

/// Waits until all replies so far are handled: those of another order follow them in the same queue.
async fn settle(app: &mut App) {
    app.confirmed().await;
}

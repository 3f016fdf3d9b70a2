use contracts::messages::*;
use contracts::order::v1::OrderStatus;
use testkit::{eventually, scrape};

use crate::support::{App, total};

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_confirmed_after_all_steps() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    assert_eq!(order.status(), OrderStatus::Pending);

    let reserve = app.participants.reserve(&order.id).await;
    assert_eq!(reserve.lines.len(), 1);
    assert_eq!(reserve.lines[0].sku.as_str(), "COFFEE");
    assert_eq!(reserve.lines[0].quantity.get(), 2);
    let authorize = app.participants.authorize(&order.id).await;
    assert_eq!(authorize.amount, total(&order));
    assert_eq!(authorize.customer_id, person.id);
    assert_eq!(authorize.payment_method, "pm_card_visa");
    app.participants.commit(&order.id).await;

    let confirmed: OrderConfirmed = app.participants.receive(&order.id).await;
    assert_eq!(confirmed.total, total(&order));
    let order = app.order(&person, &order.id).await;
    assert_eq!(order.status(), OrderStatus::Confirmed);
    assert_eq!(order.reason, "");
    let timeline = app.timeline(&person, &order.id).await;
    assert_eq!(
        timeline,
        [
            "order placed",
            "catalog stock_reserved",
            "payment payment_authorized",
            "catalog reservation_committed",
            "order confirmed",
        ]
    );
    assert_eq!(
        app.rows("sagas", "status = 'done' AND step IS NULL").await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_stock_rejects_the_order_without_an_authorization() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    let reserve: ReserveStock = app.participants.receive(&order.id).await;
    let (id, reservation) = (reserve.order_id, reserve.reservation_id);
    app.participants.refuse_stock(id, reservation).await;

    let rejected: OrderRejected = app.participants.receive(&order.id).await;
    assert_eq!(rejected.reason, "out_of_stock");
    let order = app
        .wait_for(&person, &order.id, OrderStatus::Rejected)
        .await;
    assert_eq!(order.reason, "out_of_stock");
    assert_eq!(app.participants.unread::<AuthorizePayment>(), 0);
    let timeline = app.timeline(&person, &order.id).await;
    assert_eq!(
        timeline,
        ["order placed", "catalog stock_refused", "order rejected"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_payment_releases_the_stock() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    app.participants.reserve(&order.id).await;
    let authorize: AuthorizePayment = app.participants.receive(&order.id).await;
    let (id, payment) = (authorize.order_id, authorize.payment_id);
    app.participants.decline(id, payment).await;

    // The order is rejected after the stock is released.
    let release: ReleaseStock = app.participants.receive(&order.id).await;
    let pending = app.order(&person, &order.id).await;
    assert_eq!(pending.status(), OrderStatus::Pending);
    app.participants
        .publish(&StockReleased {
            order_id: release.order_id,
            reservation_id: release.reservation_id,
        })
        .await;
    let order = app
        .wait_for(&person, &order.id, OrderStatus::Rejected)
        .await;
    assert_eq!(order.reason, "payment_declined");
    assert_eq!(
        app.timeline(&person, &order.id).await,
        [
            "order placed",
            "catalog stock_reserved",
            "payment payment_declined",
            "catalog stock_released",
            "order rejected",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_commit_voids_the_payment_and_releases_the_stock() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    app.participants.reserve(&order.id).await;
    app.participants.authorize(&order.id).await;
    let commit: CommitReservation = app.participants.receive(&order.id).await;
    app.participants
        .publish(&CommitRefused {
            order_id: commit.order_id,
            reservation_id: commit.reservation_id,
            refusal: CommitRefusal::Expired,
        })
        .await;
    app.participants.void(&order.id).await;
    app.participants.release(&order.id).await;
    let order = app
        .wait_for(&person, &order.id, OrderStatus::Rejected)
        .await;
    assert_eq!(order.reason, "reservation_expired");
    assert_eq!(
        app.timeline(&person, &order.id).await,
        [
            "order placed",
            "catalog stock_reserved",
            "payment payment_authorized",
            "catalog commit_refused",
            "payment payment_voided",
            "catalog stock_released",
            "order rejected",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_orders_at_once_are_all_confirmed() {
    let mut app = App::start().await;
    let mut orders = Vec::new();
    for _ in 0..30 {
        orders.push(app.placed().await);
    }
    for (_, order) in &orders {
        app.participants.reserve(&order.id).await;
    }
    for (_, order) in &orders {
        app.participants.authorize(&order.id).await;
    }
    for (_, order) in &orders {
        app.participants.commit(&order.id).await;
    }
    for (person, order) in &orders {
        app.wait_for(person, &order.id, OrderStatus::Confirmed)
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_counted() {
    let mut app = App::start().await;
    app.confirmed().await;
    eventually("counted orders", async || {
        let text = scrape(&app.admin_url()).await;
        let counted = text.contains("orders_placed_total 1")
            && text.contains("orders_confirmed_total 1")
            && text.contains("saga_seconds");
        counted.then_some(())
    })
    .await;
}

//! Outages of the servers, and several replicas.

use chassis::status::Details;
use contracts::messages::{OrderPlaced, ReserveStock};
use contracts::order::v1::OrderStatus;
use testkit::eventually;
use tonic::Code;

use crate::support::{App, checkout};

#[tokio::test(flavor = "multi_thread")]
async fn a_checkout_continues_after_the_broker_closed_every_connection() {
    let mut app = App::start().await;
    let (person, order) = app.placed().await;
    app.participants.reserve(&order.id).await;
    app.cut_broker_connections().await;
    app.participants.authorize(&order.id).await;
    app.participants.commit(&order.id).await;
    app.wait_for(&person, &order.id, OrderStatus::Confirmed)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_placed_during_an_outage_of_the_broker_continues_after_it() {
    let mut app = App::start().await;
    app.rabbitmq.cut();
    let (person, order) = app.placed().await;
    assert_eq!(app.rows("outbox", "true").await, 2);
    app.rabbitmq.restore();
    app.participants.confirm(&order.id).await;
    let order = app.order(&person, &order.id).await;
    assert_eq!(order.status(), OrderStatus::Confirmed);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_outage_of_the_database_makes_it_unready() {
    let mut app = App::start().await;
    app.rabbitmq.cut();
    let (_person, order) = app.placed().await;
    assert!(app.is_ready().await);
    app.postgres.cut();
    eventually("not ready", async || (!app.is_ready().await).then_some(())).await;
    app.postgres.restore();
    eventually("ready", async || app.is_ready().await.then_some(())).await;
    app.rabbitmq.restore();
    app.participants.confirm(&order.id).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_database_an_order_is_refused_at_once_and_placed_when_it_is_back() {
    let mut app = App::start().await;
    let person = app.customer();
    app.put(&person, "COFFEE", 2).await;
    app.postgres.cut();
    let refused = app.place(&person, checkout("key")).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    let refusal = Details::from_status(&refused);
    assert_eq!(refusal.reason, "UNAVAILABLE");
    assert!(refusal.retry_after.is_some());
    app.postgres.restore();
    let order = eventually("an order", async || {
        app.place(&person, checkout("key")).await.ok()
    })
    .await;
    app.participants.confirm(&order.id).await;
    assert_eq!(app.rows("orders", "true").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_replicas_share_the_work_and_each_deadline_passes_once() {
    let settings = [
        ("saga.reserve_wait_ms", "200"),
        ("saga.reserve_attempts", "1"),
    ];
    let mut app = App::with(&settings).await;
    let second = app.replica().await;
    let mut orders = Vec::new();
    for _ in 0..10 {
        orders.push(app.placed().await);
    }
    for (person, order) in &orders {
        app.participants.release(&order.id).await;
        app.wait_for(person, &order.id, OrderStatus::Rejected).await;
        let timeline = app.timeline(person, &order.id).await;
        assert_eq!(
            timeline,
            [
                "order placed",
                "order timed_out",
                "catalog stock_released",
                "order rejected"
            ]
        );
    }
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_messages_nor_the_timeline_have_personal_data() {
    let mut app = App::start().await;
    let (_, order) = app.placed().await;
    app.participants.receive::<OrderPlaced>(&order.id).await;
    app.participants.receive::<ReserveStock>(&order.id).await;
    for secret in ["Ada Lovelace", "Hauptstr", "89073"] {
        for (table, column) in [("order_events", "message"), ("outbox", "data")] {
            let condition = format!("{column} LIKE '%{secret}%'");
            assert_eq!(app.rows(table, &condition).await, 0, "{secret} in {table}");
        }
        assert!(
            !app.participants.has_received(secret),
            "{secret} in a message"
        );
    }
}

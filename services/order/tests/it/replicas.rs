//! Three replicas on one database and one virtual host.

use contracts::messages::*;
use contracts::order::v1::order_service_client::OrderServiceClient;
use testkit::eventually;
use tokio::task::JoinSet;

use crate::support::{App, checkout};

const ORDERS: usize = 300;

#[tokio::test(flavor = "multi_thread")]
async fn three_replicas_handle_every_message_once_also_when_one_dies_in_the_middle() {
    let mut app = App::start().await;
    let second = app.replica().await;
    let (mortal, ways) = app.mortal_replica().await;
    place(&mut app, &[second.url(), mortal.url()]).await;

    let mut confirmed = 0;
    let mut died = false;
    while confirmed < ORDERS {
        confirmed += app.participants.answer_everything_twice().await;
        if !died && confirmed > ORDERS / 10 {
            // In the middle of whatever it does, as far as the servers can tell.
            ways.iter().for_each(testkit::Proxy::cut);
            died = true;
        }
    }
    assert!(died);
    eventually("quiet", async || {
        let open = app.rows("sagas", "status <> 'done'").await;
        let unsent = app.rows("outbox", "true").await;
        (open == 0 && unsent == 0).then_some(())
    })
    .await;

    let orders = i64::try_from(ORDERS).unwrap();
    assert_eq!(app.rows("orders", "status = 'confirmed'").await, orders);
    assert_eq!(app.rows("order_events", "true").await, 5 * orders);
    let twice = "(SELECT 1 FROM order_events GROUP BY order_id, kind HAVING count(*) > 1) x";
    assert_eq!(app.rows(twice, "true").await, 0);
    assert_eq!(app.dead_letters().await, 0);
    let distinct = app.participants.distinct::<OrderConfirmed>();
    assert_eq!(distinct, (ORDERS, ORDERS), "one event for each order");
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_tried_again_is_counted_once() {
    let mut app = App::start().await;
    let mut committing = Vec::new();
    for _ in 0..5 {
        let (_, order) = app.placed().await;
        app.participants.reserve(&order.id).await;
        app.participants.authorize(&order.id).await;
        let command: CommitReservation = app.participants.hear(&order.id).await;
        committing.push(command);
    }
    // Answers that share a batch with poison are rolled back, and handled one by one.
    app.participants.confirm_among_poison(&committing).await;
    for command in &committing {
        let id = command.order_id.to_string();
        app.participants.hear::<OrderConfirmed>(&id).await;
    }
    eventually("dead letters", async || {
        (app.dead_letters().await == 5).then_some(())
    })
    .await;
    let counted = app.metric("orders_confirmed_total").await;
    assert_eq!(counted.as_deref(), Some("5"));
}

/// Places the orders on all replicas at once.
async fn place(app: &mut App, others: &[String]) {
    let mut doors = vec![app.orders.clone()];
    for url in others {
        doors.push(OrderServiceClient::connect(url.clone()).await.unwrap());
    }
    let mut placing = JoinSet::new();
    for n in 0..ORDERS {
        let person = app.customer();
        app.put(&person, "COFFEE", 1).await;
        let mut door = doors[n % doors.len()].clone();
        placing.spawn(async move { door.place_order(person.says(checkout("key"))).await });
    }
    while let Some(placed) = placing.join_next().await {
        placed.unwrap().unwrap();
    }
}

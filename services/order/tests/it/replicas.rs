//! Three replicas on one database and one virtual host.

use contracts::messages::*;
use contracts::order::v1::order_service_client::OrderServiceClient;
use testkit::eventually;
use tokio::task::JoinSet;

use crate::support::{App, checkout};

const ORDERS: usize = 300;

#[tokio::test(flavor = "multi_thread")]
async fn three_replicas_handle_every_message_once_even_if_one_crashes() {
    let mut app = App::start().await;
    let second = app.replica().await;
    let (third, proxies) = app.replica_with_proxies().await;
    place(&mut app, &[second.url(), third.url()]).await;

    let mut confirmed = 0;
    let mut crashed = false;
    while confirmed < ORDERS {
        confirmed += app.participants.reply_to_all_twice().await;
        if !crashed && confirmed > ORDERS / 10 {
            // For the servers, this is a crash in the middle of its work.
            proxies.iter().for_each(testkit::Proxy::cut);
            crashed = true;
        }
    }
    assert!(crashed);
    eventually("quiescence", async || {
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
async fn a_retried_transaction_is_counted_once() {
    let mut app = App::start().await;
    let mut committing = Vec::new();
    for _ in 0..5 {
        let (_, order) = app.placed().await;
        app.participants.reserve(&order.id).await;
        app.participants.authorize(&order.id).await;
        let command: CommitReservation = app.participants.receive(&order.id).await;
        committing.push(command);
    }
    // A batch with poison messages is rolled back, and its other messages are handled one by one.
    app.participants.commit_among_poison(&committing).await;
    for command in &committing {
        let id = command.order_id.to_string();
        app.participants.receive::<OrderConfirmed>(&id).await;
    }
    eventually("dead letters", async || {
        (app.dead_letters().await == 5).then_some(())
    })
    .await;
    let counted = app.metric("orders_confirmed_total").await;
    assert_eq!(counted.as_deref(), Some("5"));
}

/// Places the orders at all replicas concurrently.
async fn place(app: &mut App, others: &[String]) {
    let mut clients = vec![app.orders.clone()];
    for url in others {
        clients.push(OrderServiceClient::connect(url.clone()).await.unwrap());
    }
    let mut placing = JoinSet::new();
    for n in 0..ORDERS {
        let person = app.customer();
        app.put(&person, "COFFEE", 1).await;
        let mut client = clients[n % clients.len()].clone();
        placing.spawn(async move { client.place_order(person.request(checkout("key"))).await });
    }
    while let Some(placed) = placing.join_next().await {
        placed.unwrap().unwrap();
    }
}

use std::time::Duration;

use contracts::messages::OrderDelivered;
use futures_util::FutureExt;
use kernel::{Clock, OrderId, UserId};
use messaging::{Binding, Broker, FanOut, Notice, PublishError, Queue};
use testkit::eventually;

use crate::support::{Added, broker, broker_at, declare, publish};

fn subscribe(broker: &Broker) -> FanOut {
    broker.fan_out("teacher.board", vec![Binding::to::<Added>()])
}

async fn subscribed(events: &mut FanOut) {
    assert!(matches!(events.next().await, Notice::Subscribed));
}

async fn next_sum(events: &mut FanOut) -> u32 {
    match events.next().await {
        Notice::Event(envelope) => envelope.decode::<Added>().unwrap().sum,
        Notice::Subscribed => panic!("an event was expected"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_subscriber_gets_every_event() {
    let (vhost, broker) = broker().await;
    let other = broker_at(&vhost.url);
    let (mut here, mut there) = (subscribe(&broker), subscribe(&other));
    subscribed(&mut here).await;
    subscribed(&mut there).await;
    publish(&broker, &Added { sum: 3 }).await.unwrap();
    assert_eq!(
        (3, 3),
        (next_sum(&mut here).await, next_sum(&mut there).await)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_waits_for_the_queues_that_must_receive_its_events() {
    let (_vhost, broker) = broker().await;
    let delivered = OrderDelivered {
        order_id: OrderId::generate(),
        customer_id: UserId::generate(),
        at: Clock::system().now(),
    };
    let mut events = broker.fan_out("gateway.orders", vec![Binding::to::<OrderDelivered>()]);
    // Without the queue, the event stays with its sender, although somebody else subscribes meanwhile.
    let refused = async {
        for _ in 0..4 {
            let error = publish(&broker, &delivered).await.unwrap_err();
            assert!(matches!(error, PublishError::Unroutable { .. }), "{error}");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    tokio::select! {
        _ = events.next() => panic!("subscribed before the consumer"),
        () = refused => {}
    }
    let queue = Queue::new("user.notifications").bind::<OrderDelivered>();
    declare(&broker, queue).await;
    subscribed(&mut events).await;
    publish(&broker, &delivered).await.unwrap();
    let Notice::Event(event) = events.next().await else {
        panic!("an event was expected");
    };
    assert_eq!(event.subject, delivered.order_id.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_lost_connection_it_yields_subscribed_and_then_events() {
    let (vhost, broker) = broker().await;
    let mut events = subscribe(&broker);
    subscribed(&mut events).await;
    eventually("connections to cut", async || {
        (vhost.cut_connections().await >= 2).then_some(())
    })
    .await;
    subscribed(&mut events).await;
    eventually("published", async || {
        publish(&broker, &Added { sum: 4 }).await.ok()
    })
    .await;
    assert_eq!(4, next_sum(&mut events).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_event_is_lost_when_waiting_for_it_is_canceled() {
    let (_vhost, broker) = broker().await;
    let mut events = subscribe(&broker);
    subscribed(&mut events).await;
    for sum in 0..50 {
        publish(&broker, &Added { sum }).await.unwrap();
    }
    let mut sums = Vec::new();
    eventually("all events", async || {
        // Each future is polled once and dropped.
        if let Some(Notice::Event(envelope)) = events.next().now_or_never() {
            sums.push(envelope.decode::<Added>().unwrap().sum);
        }
        (sums.len() == 50).then_some(())
    })
    .await;
    assert_eq!((0..50).collect::<Vec<_>>(), sums);
}

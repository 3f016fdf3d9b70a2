use futures_util::FutureExt;
use messaging::{Binding, Broker, FanOut, Notice};
use testkit::eventually;

use crate::support::{Added, broker, broker_at, publish};

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

//! Every process gets its own copy of the news.

use futures_util::FutureExt;
use messaging::{Binding, Broker, FanOut, Notice};
use testkit::eventually;

use crate::support::{Added, broker, broker_at, publish};

fn subscribe(broker: &Broker) -> FanOut {
    broker.fan_out("teacher.board", vec![Binding::to::<Added>()])
}

async fn subscribed(news: &mut FanOut) {
    assert!(matches!(news.next().await, Notice::Subscribed));
}

async fn heard(news: &mut FanOut) -> u32 {
    match news.next().await {
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
    assert_eq!((3, 3), (heard(&mut here).await, heard(&mut there).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_lost_connection_it_says_so_and_goes_on() {
    let (vhost, broker) = broker().await;
    let mut news = subscribe(&broker);
    subscribed(&mut news).await;
    eventually("connections to cut", async || {
        (vhost.cut_connections().await >= 2).then_some(())
    })
    .await;
    subscribed(&mut news).await;
    eventually("published", async || {
        publish(&broker, &Added { sum: 4 }).await.ok()
    })
    .await;
    assert_eq!(4, heard(&mut news).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_event_is_lost_when_waiting_for_it_is_canceled() {
    let (_vhost, broker) = broker().await;
    let mut news = subscribe(&broker);
    subscribed(&mut news).await;
    for sum in 0..50 {
        publish(&broker, &Added { sum }).await.unwrap();
    }
    let mut sums = Vec::new();
    eventually("all of them", async || {
        // Polled once and dropped, over and over.
        if let Some(Notice::Event(envelope)) = news.next().now_or_never() {
            sums.push(envelope.decode::<Added>().unwrap().sum);
        }
        (sums.len() == 50).then_some(())
    })
    .await;
    assert_eq!((0..50).collect::<Vec<_>>(), sums);
}

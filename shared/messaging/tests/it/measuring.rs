//! The gauges. Each test runs in its own process, so no other test sets them.

use testkit::eventually;

use crate::support::{Add, Added, broker, broker_at, declare, declare_unbound, publish, sums};

async fn exports(line: &str) {
    instruments::register(&messaging::metrics::QUEUES);
    eventually(line, async || {
        let text = instruments::render();
        text.lines().any(|exported| exported == line).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_counted_in_each_kind_of_queue() {
    let (vhost, broker) = broker().await;
    let mut queue = sums().bind::<Added>();
    queue.first_delay = std::time::Duration::from_secs(600);
    declare(&broker, queue.clone()).await;
    for number in 0..6 {
        publish(&broker, &Add { number }).await.unwrap();
    }
    let mut consumer = broker.consumer(queue.clone());
    let mut batch = consumer.next_batch(3).await;
    while batch.len() < 3 {
        batch.extend(consumer.next_batch(3 - batch.len()).await);
    }
    consumer.dead_letter(&batch[0], "no").await;
    consumer.retry(&batch[1], "not now").await;
    consumer.retry(&batch[2], "not now").await;
    drop(consumer);
    declare_unbound(&vhost, &broker, &queue).await;
    publish(&broker, &Added { sum: 15 }).await.unwrap();
    // Another process, which has to discover the retry queue.
    let other = broker_at(&vhost.url);
    tokio::spawn(async move { other.measure(&queue).await });
    for line in [
        "queue_messages_ready{queue=\"calculator.sums\"} 3.0",
        "queue_messages_retrying{queue=\"calculator.sums\"} 2.0",
        "dead_letters{queue=\"calculator.sums\"} 1.0",
        "unrouted_events{queue=\"calculator.sums\"} 1.0",
        "broker_connected{connection=\"consume\"} 1.0",
        "broker_connected{connection=\"publish\"} 1.0",
    ] {
        exports(line).await;
    }
}

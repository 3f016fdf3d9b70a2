//! The gauges. Each test is a process of its own, so nobody else sets them.

use testkit::eventually;

use crate::support::{Add, Added, broker, broker_at, declare, publish, sums};

async fn says(line: &str) {
    instruments::register(&messaging::metrics::QUEUES);
    eventually(line, async || {
        let text = instruments::render();
        text.lines().any(|said| said == line).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_at_the_broker_is_measured_wherever_it_waits() {
    let (vhost, broker) = broker().await;
    let mut queue = sums();
    queue.first_delay = std::time::Duration::from_secs(600);
    declare(&broker, queue.clone()).await;
    for number in 0..6 {
        publish(&broker, &Add { number }).await.unwrap();
    }
    publish(&broker, &Added { sum: 15 }).await.unwrap();
    let mut consumer = broker.consumer(queue.clone());
    let mut batch = consumer.next_batch(3).await;
    while batch.len() < 3 {
        batch.extend(consumer.next_batch(3 - batch.len()).await);
    }
    consumer.dead_letter(&batch[0], "no").await;
    consumer.retry(&batch[1], "not now").await;
    consumer.retry(&batch[2], "not now").await;
    drop(consumer);
    // Another process, which has to find the retry queue.
    let other = broker_at(&vhost.url);
    tokio::spawn(async move { other.measure(&queue).await });
    for line in [
        "queue_messages_ready{queue=\"calculator.sums\"} 3.0",
        "queue_messages_retrying{queue=\"calculator.sums\"} 2.0",
        "dead_letters{queue=\"calculator.sums\"} 1.0",
        "unheard_events 1.0",
        "broker_connected{link=\"consume\"} 1.0",
        "broker_connected{link=\"publish\"} 1.0",
    ] {
        says(line).await;
    }
}

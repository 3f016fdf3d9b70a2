//! Messages that no queue is bound to.

use contracts::messages::{self, Kind, MessageType};
use messaging::{Broker, Outgoing, PublishError, Queue};
use testkit::eventually;

use crate::support::{
    Add, Added, broker, declare, declare_unbound, outgoing, publish, queue_of_contracts, sums,
};

/// The events of the contracts.
fn events() -> impl Iterator<Item = &'static MessageType> {
    messages::ALL
        .iter()
        .filter(|message| message.kind == Kind::Event)
}

/// The durable queues that receive events.
fn consumers() -> Vec<&'static str> {
    let mut queues: Vec<_> = events()
        .flat_map(|event| event.consumers)
        .copied()
        .collect();
    queues.sort_unstable();
    queues.dedup();
    queues
}

/// An event that this queue must receive.
fn event_for(queue: &str) -> &'static str {
    let event = events().find(|event| event.consumers.contains(&queue));
    event.unwrap().name
}

fn event(message_type: &str) -> Outgoing {
    let mut event = outgoing(&Added { sum: 7 });
    event.envelope.message_type = message_type.to_owned();
    event
}

async fn published(broker: &Broker, batch: Vec<Outgoing>) {
    for result in broker.publish_batch(&batch).await {
        result.unwrap();
    }
}

async fn wait_for_unrouted(broker: &Broker, queue: &str, count: u64) {
    eventually(
        &format!("{count} unrouted events for {queue}"),
        async || (broker.unrouted(queue).count().await.ok()? == count).then_some(()),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_without_a_consumer_is_confirmed_and_kept_nowhere() {
    let (vhost, broker) = broker().await;
    for queue in consumers() {
        declare_unbound(&vhost, &broker, &queue_of_contracts(queue)).await;
    }
    let unconsumed: Vec<_> = events()
        .filter(|event| event.consumers.is_empty())
        .map(|message| event(message.name))
        .collect();
    assert!(!unconsumed.is_empty());
    published(&broker, unconsumed).await;
    publish(&broker, &Added { sum: 7 }).await.unwrap();
    // A later event of each consumer, to know that the earlier ones are settled.
    for queue in consumers() {
        published(&broker, vec![event(event_for(queue))]).await;
    }
    for queue in consumers() {
        wait_for_unrouted(&broker, queue, 1).await;
        let kept = broker.unrouted(queue).list(10).await.unwrap();
        let kept = kept[0].envelope.as_ref().unwrap();
        assert_eq!(event_for(queue), kept.message_type);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_an_error_until_its_consumer_has_run() {
    let (_vhost, broker) = broker().await;
    let name = consumers()[0];
    let sent = [event(event_for(name))];
    let refused = broker.publish_batch(&sent).await.remove(0).unwrap_err();
    assert!(matches!(refused, PublishError::Unroutable { .. }));

    let mut consumer = broker.consumer(queue_of_contracts(name));
    consumer.subscribed().await;
    published(&broker, sent.to_vec()).await;
    let batch = consumer.next_batch(1).await;
    let received = batch[0].envelope.as_ref().unwrap();
    assert_eq!(sent[0].envelope.id, received.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_waits_for_a_queue_that_lost_its_binding() {
    let (vhost, broker) = broker().await;
    let queue = Queue::new("teacher.sums").bind::<Added>();
    declare_unbound(&vhost, &broker, &queue).await;
    publish(&broker, &Added { sum: 7 }).await.unwrap();
    wait_for_unrouted(&broker, &queue.name, 1).await;

    // A consumer that starts binds its queue and fetches what it has missed.
    let batch = broker.consumer(queue).next_batch(1).await;
    let sum: Added = batch[0].envelope.as_ref().unwrap().decode().unwrap();
    assert_eq!(Added { sum: 7 }, sum);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_for_one_consumer_displaces_nothing_of_another() {
    let (vhost, broker) = broker().await;
    let queues = consumers();
    let (quiet, flooded) = (queues[0], queues[1]);
    for queue in [quiet, flooded] {
        declare_unbound(&vhost, &broker, &queue_of_contracts(queue)).await;
    }
    published(&broker, vec![event(event_for(quiet))]).await;
    for _ in 0..4 {
        let flood = (0..500).map(|_| event(event_for(flooded))).collect();
        published(&broker, flood).await;
    }
    let commands: Vec<_> = (0..500).map(|number| outgoing(&Add { number })).collect();
    for result in broker.publish_batch(&commands).await {
        let error = result.unwrap_err();
        assert!(matches!(error, PublishError::Unroutable { .. }));
    }
    wait_for_unrouted(&broker, quiet, 1).await;
    wait_for_unrouted(&broker, flooded, 2_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_of_commands_keeps_no_unrouted_events() {
    let (_vhost, broker) = broker().await;
    declare(&broker, sums()).await;
    assert!(broker.unrouted(&sums().name).count().await.is_err());
}

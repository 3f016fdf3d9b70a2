use messaging::Settled;

use crate::support::{Add, broker, declare, publish, sums};

#[tokio::test(flavor = "multi_thread")]
async fn a_received_message_equals_the_one_sent() {
    let (_vhost, broker) = broker().await;
    declare(&broker, sums()).await;
    let sent = crate::support::outgoing(&Add { number: 5 });
    broker.publish_batch(std::slice::from_ref(&sent)).await[0]
        .clone()
        .unwrap();
    let mut consumer = broker.consumer(sums());
    let batch = consumer.next_batch(10).await;
    let received = batch[0].envelope.as_ref().unwrap();
    assert_eq!(sent.envelope, *received);
    assert_eq!(1, batch[0].attempt);
    assert_eq!(Add { number: 5 }, received.decode::<Add>().unwrap());
    assert!(received.decode::<crate::support::Added>().is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unacknowledged_message_is_redelivered() {
    let (_vhost, broker) = broker().await;
    declare(&broker, sums()).await;
    publish(&broker, &Add { number: 1 }).await.unwrap();
    let mut crashed = broker.consumer(sums());
    assert_eq!(1, crashed.next_batch(10).await.len());
    drop(crashed);

    let mut next = broker.consumer(sums());
    let batch = next.next_batch(10).await;
    let again: Add = batch[0].envelope.as_ref().unwrap().decode().unwrap();
    assert_eq!(Add { number: 1 }, again);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_acknowledged_as_a_whole() {
    let (_vhost, broker) = broker().await;
    declare(&broker, sums()).await;
    for number in 0..5 {
        publish(&broker, &Add { number }).await.unwrap();
    }
    let mut consumer = broker.consumer(sums());
    let mut received = 0;
    while received < 5 {
        let batch = consumer.next_batch(3).await;
        assert!(batch.len() <= 3);
        received += batch.len();
        consumer.ack_batch(&batch).await.unwrap();
    }
    drop(consumer);

    publish(&broker, &Add { number: 99 }).await.unwrap();
    let batch = broker.consumer(sums()).next_batch(10).await;
    assert_eq!(1, batch.len());
    assert_eq!("99", batch[0].envelope.as_ref().unwrap().subject);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retried_message_is_a_dead_letter_after_its_last_try() {
    let (_vhost, broker) = broker().await;
    declare(&broker, sums()).await;
    publish(&broker, &Add { number: 1 }).await.unwrap();
    let mut consumer = broker.consumer(sums());
    let mut ids = Vec::new();
    for (attempt, settled) in [
        (1, Settled::Retried),
        (2, Settled::Retried),
        (3, Settled::Dead),
    ] {
        let batch = consumer.next_batch(1).await;
        assert_eq!(attempt, batch[0].attempt);
        ids.push(batch[0].envelope.as_ref().unwrap().id);
        assert_eq!(settled, consumer.retry(&batch[0], "not now").await);
    }
    assert!(ids.iter().all(|id| *id == ids[0]));
    let letters = broker
        .dead_letters("calculator.sums")
        .list(10)
        .await
        .unwrap();
    assert_eq!(
        (3, "not now"),
        (letters[0].attempts, letters[0].error.as_str())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postponed_message_never_becomes_a_dead_letter() {
    let (_vhost, broker) = broker().await;
    declare(&broker, sums()).await;
    publish(&broker, &Add { number: 1 }).await.unwrap();
    let mut consumer = broker.consumer(sums());
    for attempt in [1, 2, 3, 3, 3, 3] {
        let batch = consumer.next_batch(1).await;
        assert_eq!(attempt, batch[0].attempt);
        assert_eq!(Settled::Retried, consumer.postpone(&batch[0]).await);
    }
    let letters = broker.dead_letters("calculator.sums");
    assert_eq!(0, letters.count().await.unwrap());
}

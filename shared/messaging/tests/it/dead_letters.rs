//! What an operator can do.

use chrono::TimeDelta;
use kernel::Clock;
use messaging::{Broker, BrokerError, DeadLetters};
use uuid::Uuid;

use crate::support::{Add, broker, declare, publish, sums};

/// Publishes `count` messages and lets all of them fail for good.
async fn fail(broker: &Broker, count: u32) -> DeadLetters {
    declare(broker, sums()).await;
    for number in 0..count {
        publish(broker, &Add { number }).await.unwrap();
    }
    let mut consumer = broker.consumer(sums());
    for _ in 0..count {
        let batch = consumer.next_batch(1).await;
        consumer.dead_letter(&batch[0], "no such pupil").await;
    }
    broker.dead_letters("calculator.sums")
}

async fn ids(letters: &DeadLetters) -> Vec<Uuid> {
    let listed = letters.list(100).await.unwrap();
    listed.iter().filter_map(|letter| letter.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_listed_with_their_error_and_stay() {
    let (_vhost, broker) = broker().await;
    let letters = fail(&broker, 3).await;
    for _ in 0..2 {
        let listed = letters.list(100).await.unwrap();
        assert_eq!(3, listed.len());
        for letter in listed {
            assert_eq!(
                ("no such pupil", 1),
                (letter.error.as_str(), letter.attempts)
            );
            assert!(Clock::system().now() - letter.failed_at.unwrap() < TimeDelta::minutes(1));
        }
    }
    assert_eq!(2, letters.list(2).await.unwrap().len());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_is_inspected_and_redriven_as_a_first_try() {
    let (_vhost, broker) = broker().await;
    let letters = fail(&broker, 3).await;
    let id = ids(&letters).await[1];
    let letter = letters.inspect(id).await.unwrap();
    assert_eq!(id, letter.envelope.unwrap().id);

    letters.redrive(id).await.unwrap();
    let batch = broker.consumer(sums()).next_batch(10).await;
    assert_eq!(1, batch.len());
    assert_eq!(
        (id, 1),
        (batch[0].envelope.as_ref().unwrap().id, batch[0].attempt)
    );
    assert_eq!(2, ids(&letters).await.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn all_are_redriven_at_once() {
    let (_vhost, broker) = broker().await;
    let letters = fail(&broker, 5).await;
    assert_eq!(5, letters.redrive_all().await.unwrap());
    assert!(ids(&letters).await.is_empty());
    let mut consumer = broker.consumer(sums());
    let mut received = 0;
    while received < 5 {
        let batch = consumer.next_batch(10).await;
        received += batch.len();
        consumer.ack_batch(&batch).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_is_discarded_for_good() {
    let (_vhost, broker) = broker().await;
    let letters = fail(&broker, 2).await;
    let before = ids(&letters).await;
    letters.discard(before[0]).await.unwrap();
    assert_eq!([before[1]], *ids(&letters).await);
    assert!(matches!(
        letters.discard(before[0]).await,
        Err(BrokerError::NoSuchLetter(_))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_can_read_stays_when_there_is_no_place_for_it() {
    let (vhost, broker) = broker().await;
    declare(&broker, sums()).await;
    let properties = lapin::ConnectionProperties::default();
    let own = lapin::Connection::connect(&vhost.url, properties)
        .await
        .unwrap();
    let channel = own.create_channel().await.unwrap();
    let somebody_elses = channel.basic_publish(
        "".into(),
        "calculator.sums".into(),
        lapin::options::BasicPublishOptions::default(),
        b"hello",
        lapin::BasicProperties::default(),
    );
    somebody_elses.await.unwrap();
    let mut consumer = broker.consumer(sums());
    let batch = consumer.next_batch(1).await;
    assert!(batch[0].envelope.is_err());
    let deleted = channel.queue_delete("calculator.sums.dead".into(), Default::default());
    deleted.await.unwrap();
    let settled = consumer.dead_letter(&batch[0], "not ours").await;
    assert_eq!(messaging::Settled::Returned, settled);
    assert_eq!(1, consumer.next_batch(1).await.len());
}

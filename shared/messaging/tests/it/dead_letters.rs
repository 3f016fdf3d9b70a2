use chrono::TimeDelta;
use kernel::Clock;
use messaging::{Broker, BrokerError, DeadLetters};
use uuid::Uuid;

use crate::support::{Add, broker, declare, publish, sums};

/// Publishes `count` messages and moves all of them to the dead letters.
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
    listed.iter().map(|letter| letter.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_listed_with_their_error_and_stay() {
    let (_vhost, broker) = broker().await;
    let letters = fail(&broker, 3).await;
    for _ in 0..2 {
        let listed = testkit::eventually("all are listed", async || {
            let listed = letters.list(100).await.unwrap();
            (listed.len() == 3).then_some(listed)
        })
        .await;
        assert_eq!(3, listed.len());
        for letter in listed {
            assert_eq!(
                ("no such pupil", 1),
                (letter.error.as_str(), letter.attempts)
            );
            assert!(Clock::system().now() - letter.failed_at.unwrap() < TimeDelta::minutes(1));
        }
    }
    counted(&letters, 3).await;
    assert_eq!(2, letters.list(2).await.unwrap().len());
    counted(&letters, 3).await;
}

/// Waits for this many letters: the broker needs a moment to put back those that were read.
async fn counted(letters: &DeadLetters, count: u64) {
    testkit::eventually("all are counted", async || {
        (letters.count().await.unwrap() == count).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redriven_letter_is_delivered_as_a_first_try() {
    let (_vhost, broker) = broker().await;
    let letters = fail(&broker, 3).await;
    let id = ids(&letters).await[1];
    let letter = letters.inspect(id).await.unwrap();
    assert_eq!(id, letter.envelope.unwrap().id);

    letters.hold(id).await.unwrap().redrive().await.unwrap();
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
    // More than one batch.
    let letters = fail(&broker, 100).await;
    assert_eq!(100, letters.redrive_all().await.unwrap());
    assert!(ids(&letters).await.is_empty());
    let mut consumer = broker.consumer(sums());
    let mut received = 0;
    while received < 100 {
        let batch = consumer.next_batch(10).await;
        received += batch.len();
        consumer.ack_batch(&batch).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_letter_is_removed() {
    let (_vhost, broker) = broker().await;
    let letters = fail(&broker, 2).await;
    let before = ids(&letters).await;
    let held = letters.hold(before[0]).await.unwrap();
    held.drop_letter().await.unwrap();
    assert_eq!([before[1]], *ids(&letters).await);
    assert!(matches!(
        letters.hold(before[0]).await,
        Err(BrokerError::NoSuchLetter(_))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_letter_returns_to_the_queue_when_its_guard_is_dropped() {
    let (_vhost, broker) = broker().await;
    let letters = fail(&broker, 2).await;
    let id = ids(&letters).await[1];
    let held = letters.hold(id).await.unwrap();
    assert_eq!("no such pupil", held.letter().error);
    assert_eq!(0, letters.count().await.unwrap());
    drop(held);
    letters.hold(id).await.unwrap().drop_letter().await.unwrap();
    counted(&letters, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn holding_waits_for_a_letter_that_another_operator_holds() {
    let (_vhost, broker) = broker().await;
    let letters = fail(&broker, 1).await;
    let id = ids(&letters).await[0];
    let held = letters.hold(id).await.unwrap();
    let (second, ()) = tokio::join!(letters.hold(id), async {
        tokio::task::yield_now().await;
        held.put_back().await;
    });
    second.unwrap().redrive().await.unwrap();
    assert_eq!(1, broker.consumer(sums()).next_batch(10).await.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_letter_has_an_id_and_can_be_dropped() {
    let (vhost, broker) = broker().await;
    declare(&broker, sums()).await;
    for body in ["hello", "bye"] {
        publish_foreign(&vhost.url, body).await;
    }
    let mut consumer = broker.consumer(sums());
    for _ in 0..2 {
        let batch = consumer.next_batch(1).await;
        consumer.dead_letter(&batch[0], "not ours").await;
    }
    let letters = broker.dead_letters("calculator.sums");
    let listed = letters.list(10).await.unwrap();
    assert_eq!(b"bye", listed[1].data.as_slice());
    let held = letters.hold(listed[0].id).await.unwrap();
    held.drop_letter().await.unwrap();
    let left = letters.inspect(listed[1].id).await.unwrap();
    assert_eq!("not ours", left.error);
    assert_eq!([left.id], *ids(&letters).await);
}

async fn publish_foreign(url: &str, body: &str) {
    let properties = lapin::ConnectionProperties::default();
    let own = lapin::Connection::connect(url, properties).await.unwrap();
    let channel = own.create_channel().await.unwrap();
    channel
        .confirm_select(lapin::options::ConfirmSelectOptions::default())
        .await
        .unwrap();
    let published = channel.basic_publish(
        "".into(),
        "calculator.sums".into(),
        lapin::options::BasicPublishOptions::default(),
        body.as_bytes(),
        lapin::BasicProperties::default(),
    );
    published.await.unwrap().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_queue_of_dead_letters_is_declared_again() {
    let (vhost, broker) = broker().await;
    declare(&broker, sums()).await;
    publish_foreign(&vhost.url, "hello").await;
    let mut consumer = broker.consumer(sums());
    let batch = consumer.next_batch(1).await;
    assert!(batch[0].envelope.is_err());
    let properties = lapin::ConnectionProperties::default();
    let own = lapin::Connection::connect(&vhost.url, properties)
        .await
        .unwrap();
    let channel = own.create_channel().await.unwrap();
    let deleted = channel.queue_delete("calculator.sums.dead".into(), Default::default());
    deleted.await.unwrap();
    let settled = consumer.dead_letter(&batch[0], "not ours").await;
    assert_eq!(messaging::Settled::Dead, settled);
    let letters = broker.dead_letters("calculator.sums");
    assert_eq!("not ours", letters.list(10).await.unwrap()[0].error);
}

//! Any number of replicas.

use std::sync::atomic::Ordering;

use messaging::Queue;
use outbox::{Outbox, OutboxConfig};

use crate::support::{Added, Calculator, broker_at, database_at, sums, world};

#[tokio::test(flavor = "multi_thread")]
async fn three_relays_and_three_consumers_handle_each_message_exactly_once() {
    const MESSAGES: i32 = 1_500;
    let world = world().await;
    let news = Queue::new("teacher.news").bind::<Added>();
    world.broker.consumer(news.clone()).subscribed().await;
    world.broker.consumer(sums()).subscribed().await;
    let calculator = Calculator::default();
    calculator.failures_of_7.store(2, Ordering::SeqCst);
    for _ in 0..3 {
        let database = database_at(&world.test_database.url);
        let broker = broker_at(&world.vhost.url);
        let outbox = Outbox::new(database.clone(), broker.clone(), OutboxConfig::default());
        tokio::spawn(outbox.clone().run(world.stop.clone()));
        tokio::spawn(outbox::consume(
            database,
            broker,
            sums(),
            calculator.clone(),
            outbox,
            world.stop.clone(),
        ));
    }
    for chunk in 0..15 {
        world.send(chunk * 100 + 1_000..chunk * 100 + 1_100).await;
    }
    world.settled(i64::from(MESSAGES)).await;
    assert_eq!(
        (1_000..1_000 + MESSAGES).collect::<Vec<_>>(),
        world.handled().await
    );
    assert_eq!(i64::from(MESSAGES), world.count("inbox").await);

    // Every reply was published at least once.
    let mut replies = std::collections::BTreeSet::new();
    let mut consumer = world.broker.consumer(news);
    while replies.len() < 1_500 {
        let batch = consumer.next_batch(64).await;
        for delivery in &batch {
            replies.insert(
                delivery
                    .envelope
                    .as_ref()
                    .unwrap()
                    .decode::<Added>()
                    .unwrap()
                    .number,
            );
        }
        consumer.ack_batch(&batch).await.unwrap();
    }
}

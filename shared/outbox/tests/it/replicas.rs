//! Several replicas of relay and consumer.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use messaging::{Envelope, Outgoing, Queue};
use outbox::{Outbox, OutboxConfig};

use testkit::{Proxy, eventually};
use tokio::task::JoinHandle;

use crate::support::{Add, Added, Calculator, World, broker_at, database_at, sums, world};

#[tokio::test(flavor = "multi_thread")]
async fn three_relays_and_three_consumers_handle_each_message_exactly_once() {
    const MESSAGES: i32 = 1_500;
    let world = world().await;
    let events = Queue::new("teacher.sums").bind::<Added>();
    world.broker.consumer(events.clone()).subscribed().await;
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
    let mut replies = BTreeSet::new();
    let mut consumer = world.broker.consumer(events);
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

/// A replica with its own proxies to the servers, which are cut when it crashes.
struct Replica {
    ways: [Proxy; 2],
    tasks: [JoinHandle<()>; 2],
}

impl Replica {
    async fn start(world: &World) -> Self {
        let (postgres, database_url) = Proxy::in_front_of(&world.test_database.url).await;
        let (rabbitmq, broker_url) = Proxy::in_front_of(&world.vhost.url).await;
        let (database, broker) = (database_at(&database_url), broker_at(&broker_url));
        let outbox = Outbox::new(database.clone(), broker.clone(), OutboxConfig::default());
        let stop = world.stop.clone();
        let relay = tokio::spawn(outbox.clone().run(stop.clone()));
        let handler = Calculator::default();
        let consumer = outbox::consume(database, broker, sums(), handler, outbox, stop);
        Self {
            ways: [postgres, rabbitmq],
            tasks: [relay, tokio::spawn(consumer)],
        }
    }

    /// Like `kill -9`.
    fn die(self) {
        for way in &self.ways {
            way.cut();
        }
        for task in &self.tasks {
            task.abort();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_crash_of_a_replica_each_message_takes_effect_once() {
    let world = world().await;
    world.broker.consumer(sums()).subscribed().await;
    let mut replicas = Vec::new();
    for _ in 0..3 {
        replicas.push(Replica::start(&world).await);
    }
    // Three copies of 300 messages, as after expired leases, among 600 other messages.
    let copied: Vec<Outgoing> = (1_000..1_300)
        .map(|number| Outgoing {
            exchange: "mercantile.commands".to_owned(),
            envelope: Envelope::of(&Add { number }).unwrap(),
        })
        .collect();
    for round in 0..6 {
        world.send(2_000 + round * 100..2_100 + round * 100).await;
        for result in world.broker.publish_batch(&copied).await {
            result.unwrap();
        }
        if round == 2 {
            eventually("half of the messages to be handled", async || {
                (world.count("handled").await >= 200).then_some(())
            })
            .await;
            replicas.remove(0).die();
        }
    }
    // Expires all leases.
    let ended = "UPDATE outbox SET leased_until = now() + interval '1 second'
                 WHERE leased_until > now() + interval '1 second'";
    world.run_sql(ended).await;
    world.settled(900).await;
    let all: Vec<i32> = (1_000..1_300).chain(2_000..2_600).collect();
    assert_eq!(all, world.handled().await);
    assert_eq!(900, world.count("inbox").await);
    let letters = world.broker.dead_letters("calculator.sums");
    assert_eq!(0, letters.count().await.unwrap());
}

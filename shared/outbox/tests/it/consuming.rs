use std::sync::atomic::Ordering;

use messaging::{Envelope, Outgoing, Queue};
use testkit::eventually;

use crate::support::{Add, Added, Calculator, World, sums, world};

async fn publish(world: &World, number: i32, times: usize) {
    let outgoing = Outgoing {
        exchange: "mercantile.commands".to_owned(),
        envelope: Envelope::of(&Add { number }).unwrap(),
    };
    for result in world.broker.publish_batch(&vec![outgoing; times]).await {
        result.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_handled_and_its_reply_is_sent() {
    let world = world().await;
    let mut events = world
        .broker
        .consumer(Queue::new("teacher.sums").bind::<Added>());
    events.subscribed().await;
    world.start_relay();
    world.start_consumer(&Calculator::default());
    world.send([5]).await;
    let batch = events.next_batch(1).await;
    assert_eq!(
        5,
        batch[0]
            .envelope
            .as_ref()
            .unwrap()
            .decode::<Added>()
            .unwrap()
            .number
    );
    assert_eq!([5], *world.handled().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_is_acknowledged_without_effect() {
    let world = world().await;
    world.broker.consumer(sums()).subscribed().await;
    publish(&world, 5, 20).await;
    publish(&world, 6, 1).await;
    world.start_relay();
    let calculator = Calculator::default();
    world.start_consumer(&calculator);
    world.settled(2).await;
    publish(&world, 8, 1).await;
    world.settled(3).await;
    assert_eq!([5, 6, 8], *world.handled().await);
    assert_eq!(3, calculator.calls.load(Ordering::SeqCst));
    assert_eq!(3, world.count("inbox").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_queues_of_one_service_each_handle_the_same_message() {
    let world = world().await;
    let calculator = Calculator::default();
    world.start_consumer(&calculator);
    tokio::spawn(outbox::consume(
        world.database.clone(),
        world.broker.clone(),
        Queue::new("calculator.audit").bind::<Add>(),
        calculator.clone(),
        world.outbox(),
        world.stop.clone(),
    ));
    world
        .broker
        .consumer(Queue::new("calculator.audit").bind::<Add>())
        .subscribed()
        .await;
    world.broker.consumer(sums()).subscribed().await;
    world.start_relay();
    world.send([5]).await;
    world.settled(2).await;
    assert_eq!([5, 5], *world.handled().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_messages_of_a_crashed_consumer_are_handled_by_another() {
    let world = world().await;
    world.start_relay();
    let mut crashed = world.broker.consumer(sums());
    crashed.subscribed().await;
    world.send([5]).await;
    assert_eq!(1, crashed.next_batch(10).await.len());
    drop(crashed);
    world.start_consumer(&Calculator::default());
    world.settled(1).await;
    assert_eq!([5], *world.handled().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn consumer_and_relay_end_at_shutdown() {
    let world = world().await;
    let consumer = world.start_consumer(&Calculator::default());
    let relay = tokio::spawn(world.outbox().run(world.stop.clone()));
    world.send([5]).await;
    eventually("handled", async || {
        (world.count("handled").await == 1).then_some(())
    })
    .await;
    world.stop.cancel();
    consumer.await.unwrap();
    relay.await.unwrap();
}

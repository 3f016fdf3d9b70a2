//! Handlers that fail.

use std::sync::atomic::Ordering;

use messaging::{DeadLetter, Envelope, Outgoing};
use testkit::eventually;

use crate::support::{Calculator, World, sums, world};

async fn dead(world: &World) -> Vec<DeadLetter> {
    let letters = world.broker.dead_letters("calculator.sums");
    eventually("a dead letter", async || {
        let listed = letters.list(10).await.unwrap();
        (!listed.is_empty()).then_some(listed)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transient_failure_is_rolled_back_and_retried() {
    let world = world().await;
    let calculator = Calculator::default();
    // First the batch fails, then single messages.
    calculator.failures_of_7.store(3, Ordering::SeqCst);
    world.start_consumer(&calculator);
    world.broker.consumer(sums()).subscribed().await;
    world.start_relay();
    world.send([7]).await;
    world.settled(1).await;
    assert_eq!([7], *world.handled().await);
    assert_eq!(4, calculator.calls.load(Ordering::SeqCst));
    let letters = world.broker.dead_letters("calculator.sums");
    assert!(letters.list(10).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn poison_becomes_a_dead_letter_and_the_others_of_its_batch_are_handled() {
    let world = world().await;
    world.broker.consumer(sums()).subscribed().await;
    world.start_relay();
    world.send([1, 2, 13, 4, 5]).await;
    world.start_consumer(&Calculator::default());
    world.settled(4).await;
    let letters = dead(&world).await;
    assert_eq!(1, letters.len());
    assert_eq!("13 is not a number", letters[0].error);
    assert_eq!([1, 2, 4, 5], *world.handled().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_commits_without_its_rejected_messages() {
    let world = world().await;
    world.broker.consumer(sums()).subscribed().await;
    let relay = world.start_relay();
    let others = || (100..115).chain(200..215);
    world
        .send((100..115).chain([13]).chain(200..215).chain([13]))
        .await;
    relay.wake();
    eventually("all messages are in the queue", async || {
        (world.count("outbox").await == 0).then_some(())
    })
    .await;
    let calculator = Calculator::default();
    world.start_consumer(&calculator);
    world.settled(30).await;
    let letters = world.broker.dead_letters("calculator.sums");
    eventually("two dead letters", async || {
        (letters.count().await.ok()? == 2).then_some(())
    })
    .await;
    assert_eq!(others().collect::<Vec<_>>(), world.handled().await);
    assert_eq!(30, world.count("inbox").await);
    // One attempt with all messages and one without the rejected ones: no split.
    let calls = calculator.calls.load(Ordering::SeqCst);
    assert!((32..=62).contains(&calls), "{calls}");
    assert_eq!(30, calculator.committed.load(Ordering::SeqCst));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_batch_is_split_until_the_failing_message_is_alone() {
    let world = world().await;
    world.broker.consumer(sums()).subscribed().await;
    let relay = world.start_relay();
    world.send((100..120).chain([17]).chain(200..211)).await;
    relay.wake();
    eventually("all messages are in the queue", async || {
        (world.count("outbox").await == 0).then_some(())
    })
    .await;
    let calculator = Calculator::default();
    world.start_consumer(&calculator);
    world.settled(31).await;
    assert_eq!(1, dead(&world).await.len());
    let others = (100..120).chain(200..211);
    assert_eq!(others.collect::<Vec<_>>(), world.handled().await);
    // Fewer than one set per message, which would be 33.
    let sets = calculator.sets.load(Ordering::SeqCst);
    assert!(sets < 25, "{sets}");
    assert_eq!(31, calculator.committed.load(Ordering::SeqCst));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_makes_the_handler_panic_becomes_a_dead_letter() {
    let world = world().await;
    world.broker.consumer(sums()).subscribed().await;
    world.start_relay();
    world.send([1, 17, 2]).await;
    world.start_consumer(&Calculator::default());
    world.settled(2).await;
    let letters = dead(&world).await;
    assert_eq!(1, letters.len());
    assert!(
        letters[0].error.starts_with("the handler panicked:"),
        "{}",
        letters[0].error
    );
    world.send([3]).await;
    world.settled(3).await;
    assert_eq!([1, 2, 3], *world.handled().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_after_the_last_try_can_be_redriven() {
    let world = world().await;
    let calculator = Calculator::default();
    calculator.failures_of_7.store(1_000, Ordering::SeqCst);
    world.start_consumer(&calculator);
    world.broker.consumer(sums()).subscribed().await;
    world.start_relay();
    world.send([7]).await;
    let letters = dead(&world).await;
    assert_eq!(
        (4, "7 is busy"),
        (letters[0].attempts, letters[0].error.as_str())
    );
    assert_eq!(0, world.count("handled").await);
    assert_eq!(0, world.count("inbox").await);

    calculator.failures_of_7.store(0, Ordering::SeqCst);
    let id = letters[0].id;
    let letters = world.broker.dead_letters("calculator.sums");
    let held = letters.hold(id).await.unwrap();
    held.redrive().await.unwrap();
    world.settled(1).await;
    assert_eq!([7], *world.handled().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn data_that_does_not_match_its_type_is_poison() {
    let world = world().await;
    world.start_consumer(&Calculator::default());
    world.broker.consumer(sums()).subscribed().await;
    let mut envelope = Envelope::of(&crate::support::Add { number: 1 }).unwrap();
    envelope.data = br#"{"number":"one"}"#.to_vec();
    let exchange = "mercantile.commands".to_owned();
    world
        .broker
        .publish_batch(&[Outgoing { exchange, envelope }])
        .await[0]
        .clone()
        .unwrap();
    let letters = dead(&world).await;
    assert!(
        letters[0].error.contains("does not match its type"),
        "{}",
        letters[0].error
    );
    assert_eq!(1, letters[0].attempts);
}

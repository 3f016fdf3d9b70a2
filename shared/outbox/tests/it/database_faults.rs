//! Failures of the database do not use up the tries of messages.

use std::sync::atomic::Ordering;

use diesel_async::SimpleAsyncConnection;
use messaging::{Envelope, Outgoing};
use outbox::{Outbox, OutboxConfig};
use persistence::{Database, DatabaseConfig};
use testkit::{Proxy, eventually};

use crate::support::{Add, Calculator, World, sums, world};

/// A service whose database has these settings.
fn start(world: &World, config: &DatabaseConfig, calculator: &Calculator) {
    let database = Database::new(config).unwrap();
    let broker = world.broker.clone();
    let outbox = Outbox::new(database.clone(), broker.clone(), OutboxConfig::default());
    let stop = world.stop.clone();
    tokio::spawn(outbox.clone().run(stop.clone()));
    let handler = calculator.clone();
    tokio::spawn(outbox::consume(
        database,
        broker,
        sums(),
        handler,
        outbox,
        stop,
    ));
}

async fn publish(world: &World, number: i32) {
    let outgoing = Outgoing {
        exchange: "mercantile.commands".to_owned(),
        envelope: Envelope::of(&Add { number }).unwrap(),
    };
    let published = world.broker.publish_batch(&[outgoing]).await;
    published[0].clone().unwrap();
}

/// Transactions of this test, which runs in its own process.
fn rolled_back() -> u64 {
    let text = instruments::render();
    let name = "database_transactions_total{outcome=\"rolled_back\"} ";
    let count = text.lines().find_map(|line| line.strip_prefix(name));
    count.map_or(0, |count| count.parse().unwrap())
}

async fn dead_letters(world: &World) -> u64 {
    let letters = world.broker.dead_letters("calculator.sums");
    letters.count().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn repeatedly_canceled_statements_use_up_no_tries() {
    let world = world().await;
    world.broker.consumer(sums()).subscribed().await;
    let mut locker = world.database.get().await.unwrap();
    let lock = "BEGIN; LOCK TABLE handled IN EXCLUSIVE MODE";
    locker.batch_execute(lock).await.unwrap();
    let mut config = DatabaseConfig::at(world.test_database.url.clone().into());
    config.statement_timeout_ms = 200;
    let calculator = Calculator::default();
    start(&world, &config, &calculator);
    publish(&world, 5).await;
    // The queue allows four.
    eventually("many tries", async || {
        (calculator.calls.load(Ordering::SeqCst) >= 6).then_some(())
    })
    .await;
    locker.batch_execute("ROLLBACK").await.unwrap();
    world.settled(1).await;
    assert_eq!([5], *world.handled().await);
    assert_eq!(0, dead_letters(&world).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_standby_uses_up_no_tries() {
    instruments::register(&outbox::METRICS);
    let world = world().await;
    world.broker.consumer(sums()).subscribed().await;
    let name = world.test_database.url.rsplit('/').next().unwrap();
    let turn = |setting: &str| {
        format!(
            "BEGIN READ WRITE; ALTER DATABASE {name} SET default_transaction_read_only = {setting}; COMMIT"
        )
    };
    world.test_database.execute(&turn("on")).await.unwrap();
    let config = DatabaseConfig::at(world.test_database.url.clone().into());
    let calculator = Calculator::default();
    start(&world, &config, &calculator);
    publish(&world, 5).await;
    eventually("two tries", async || (rolled_back() >= 2).then_some(())).await;
    world.test_database.execute(&turn("off")).await.unwrap();
    world.settled(1).await;
    assert_eq!(0, dead_letters(&world).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_database_uses_up_no_tries() {
    let world = world().await;
    world.broker.consumer(sums()).subscribed().await;
    let (proxy, url) = Proxy::in_front_of(&world.test_database.url).await;
    let config = DatabaseConfig::at(url.into());
    proxy.cut();
    start(&world, &config, &Calculator::default());
    for number in 100..140 {
        publish(&world, number).await;
    }
    // Long enough to use up all tries, if they counted.
    let mut impatient = config.clone();
    impatient.acquire_timeout_ms = 100;
    let elsewhere = Database::new(&impatient).unwrap();
    for _ in 0..20 {
        assert!(!elsewhere.is_reachable().await);
    }
    proxy.restore();
    world.settled(40).await;
    assert_eq!((100..140).collect::<Vec<_>>(), world.handled().await);
    assert_eq!(0, dead_letters(&world).await);
}

//! Outages of the broker and of the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use diesel_async::SimpleAsyncConnection;
use outbox::{Outbox, OutboxConfig};
use testkit::{Proxy, eventually};

use crate::support::{Calculator, broker_at, database_at, sums, world};

const TERMINATE: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

#[tokio::test(flavor = "multi_thread")]
async fn messages_wait_until_the_broker_is_reachable() {
    let world = world().await;
    world.broker.consumer(sums()).subscribed().await;
    let (credentials, rest) = world.vhost.url.rsplit_once('@').unwrap();
    let (server, name) = rest.split_once('/').unwrap();
    let proxy = Proxy::to(server).await;
    proxy.cut();
    let broker = broker_at(&format!("{credentials}@{}/{name}", proxy.address));
    let outbox = Outbox::new(world.database.clone(), broker, OutboxConfig::default());
    tokio::spawn(outbox.clone().run(world.stop.clone()));
    world.start_consumer(&Calculator::default());
    world.send(1_000..1_050).await;
    outbox.wake();
    assert_eq!(50, world.count("outbox").await);
    proxy.restore();
    eventually("handled", async || {
        (world.count("handled").await == 50).then_some(())
    })
    .await;
    assert_eq!((1_000..1_050).collect::<Vec<_>>(), world.handled().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_message_is_handled_once_although_connections_to_the_broker_are_cut() {
    let world = world().await;
    world.broker.consumer(sums()).subscribed().await;
    world.start_relay();
    world.start_consumer(&Calculator::default());
    let mut cuts = 0;
    for chunk in 0..20 {
        world.send(1_000 + chunk * 20..1_020 + chunk * 20).await;
        cuts += world.vhost.cut_connections().await;
    }
    cuts += eventually("connections to cut", async || {
        Some(world.vhost.cut_connections().await).filter(|count| *count > 0)
    })
    .await;
    assert!(cuts > 0);
    world.settled(400).await;
    assert_eq!((1_000..1_400).collect::<Vec<_>>(), world.handled().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_message_is_handled_once_although_connections_to_the_database_are_cut() {
    let world = world().await;
    world.broker.consumer(sums()).subscribed().await;
    // A separate database handle for the service; the test terminates its connections.
    let database = database_at(&world.test_database.url);
    let outbox = Outbox::new(
        database.clone(),
        world.broker.clone(),
        OutboxConfig::default(),
    );
    tokio::spawn(outbox.clone().run(world.stop.clone()));
    tokio::spawn(outbox::consume(
        database,
        world.broker.clone(),
        sums(),
        Calculator::default(),
        outbox,
        world.stop.clone(),
    ));
    let done = Arc::new(AtomicBool::new(false));
    let cutter = database_at(&world.test_database.url);
    let stop = Arc::clone(&done);
    let cutting = tokio::spawn(async move {
        let mut cut = 0;
        while !stop.load(Ordering::SeqCst) || cut == 0 {
            if let Ok(mut conn) = cutter.get().await
                && conn.batch_execute(TERMINATE).await.is_ok()
            {
                cut += 1;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    });
    for chunk in 0..10 {
        // The sender's connection may be terminated too; an unknown outcome would not test anything.
        let numbers = 1_000 + chunk * 20..1_020 + chunk * 20;
        let values: Vec<String> = numbers
            .map(|number| {
                format!(
                    "('{}', 'mercantile.commands', 'calculator.add.v1', '/pupil', '', '{{\"number\":{number}}}')",
                    messaging::Envelope::of(&crate::support::Add { number }).unwrap().id,
                )
            })
            .collect();
        let insert = format!(
            "INSERT INTO outbox (message_id, exchange, type, source, subject, data) VALUES {}
             ON CONFLICT DO NOTHING",
            values.join(", ")
        );
        eventually("inserted", async || {
            let mut conn = world.database.get().await.ok()?;
            conn.batch_execute(&insert).await.ok()
        })
        .await;
    }
    eventually("handled", async || {
        (world.count("handled").await >= 200).then_some(())
    })
    .await;
    done.store(true, Ordering::SeqCst);
    cutting.await.unwrap();
    world.settled(200).await;
    assert_eq!((1_000..1_200).collect::<Vec<_>>(), world.handled().await);
}

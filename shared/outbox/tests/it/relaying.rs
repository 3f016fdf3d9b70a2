//! The relay.

use diesel::sql_query;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use messaging::Queue;
use persistence::Error;
use testkit::eventually;

use crate::support::{Add, Added, sums, world};

#[tokio::test(flavor = "multi_thread")]
async fn a_committed_message_is_published_and_its_row_removed() {
    let world = world().await;
    let mut consumer = world.broker.consumer(sums());
    consumer.subscribed().await;
    let relay = world.start_relay();
    let id = world
        .database
        .transaction(async |conn| outbox::enqueue(conn, &Add { number: 5 }).await)
        .await
        .unwrap();
    relay.wake();
    let batch = consumer.next_batch(10).await;
    let envelope = batch[0].envelope.as_ref().unwrap();
    assert_eq!(
        (id, "/pupil", "5"),
        (
            envelope.id,
            envelope.source.as_str(),
            envelope.subject.as_str()
        )
    );
    assert_eq!(5, envelope.decode::<Add>().unwrap().number);
    world.settled(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_a_rolled_back_transaction_does_not_exist() {
    let world = world().await;
    let result: Result<(), Error> = world
        .database
        .transaction(async |conn| {
            outbox::enqueue(conn, &Add { number: 5 }).await?;
            Err(Error::NotFound)
        })
        .await;
    assert!(result.is_err());
    assert_eq!(0, world.count("outbox").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_published_although_the_relay_is_not_woken() {
    let world = world().await;
    let mut consumer = world.broker.consumer(sums());
    consumer.subscribed().await;
    world.start_relay();
    world.settled(0).await;
    world.send([5]).await;
    assert_eq!(1, consumer.next_batch(10).await.len());
    world.settled(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unroutable_command_is_kept_with_its_error_until_a_queue_is_bound() {
    #[derive(diesel::QueryableByName)]
    struct Kept {
        #[diesel(sql_type = Text)]
        last_error: String,
    }
    let world = world().await;
    world.start_relay();
    world.send([5]).await;
    let kept = eventually("the error to be recorded", async || {
        let mut conn = world.database.get().await.unwrap();
        sql_query("SELECT last_error FROM outbox WHERE last_error IS NOT NULL")
            .get_result::<Kept>(&mut conn)
            .await
            .ok()
    })
    .await;
    assert_eq!(
        "no queue is bound for calculator.add.v1 at the exchange 'mercantile.commands'",
        kept.last_error
    );

    let mut consumer = world.broker.consumer(sums());
    consumer.subscribed().await;
    assert_eq!(1, consumer.next_batch(10).await.len());
    world.settled(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_without_a_consumer_is_published_and_its_row_removed() {
    let world = world().await;
    world
        .database
        .transaction(async |conn| outbox::enqueue(conn, &Added { number: 6 }).await)
        .await
        .unwrap();
    world.start_relay();
    world.settled(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unroutable_message_does_not_delay_others() {
    let world = world().await;
    let mut consumer = world
        .broker
        .consumer(Queue::new("teacher.sums").bind::<Added>());
    consumer.subscribed().await;
    world.send([5]).await;
    world
        .database
        .transaction(async |conn| outbox::enqueue(conn, &Added { number: 6 }).await)
        .await
        .unwrap();
    world.start_relay();
    let batch = consumer.next_batch(10).await;
    assert_eq!("6", batch[0].envelope.as_ref().unwrap().subject);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rows_of_a_crashed_relay_are_published_after_the_lease_expires() {
    let world = world().await;
    let mut consumer = world.broker.consumer(sums());
    consumer.subscribed().await;
    world.send([5]).await;
    world
        .run_sql("UPDATE outbox SET leased_until = now() + interval '1 second'")
        .await;
    world.start_relay();
    assert_eq!(1, consumer.next_batch(10).await.len());
    world.settled(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_old_inbox_rows_are_deleted() {
    let world = world().await;
    world
        .run_sql(
            "INSERT INTO inbox SELECT 'old', gen_random_uuid(), now() - interval '15 days'
             FROM generate_series(1, 5000);
             INSERT INTO inbox SELECT 'young', gen_random_uuid(), now() - interval '13 days'
             FROM generate_series(1, 10)",
        )
        .await;
    world.start_relay();
    eventually("the old rows to be deleted", async || {
        (world.count("inbox").await == 10).then_some(())
    })
    .await;
}

//! A small service that stores the numbers it receives and replies to each.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use contracts::messages::{Kind, Message};
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Integer};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use messaging::{Broker, BrokerConfig, Queue};
use outbox::{BatchError, Handler, HandlerError, Incoming, Messages, Outbox, OutboxConfig};
use persistence::{Database, DatabaseConfig, Error};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use testkit::{TestDatabase, Vhost, eventually};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Add {
    pub(crate) number: i32,
}

impl Message for Add {
    const TYPE: &'static str = "calculator.add.v1";
    const KIND: Kind = Kind::Command;
    const SOURCE: &'static str = "pupil";
    fn subject(&self) -> String {
        self.number.to_string()
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Added {
    pub(crate) number: i32,
}

impl Message for Added {
    const TYPE: &'static str = "calculator.added.v1";
    const KIND: Kind = Kind::Event;
    const SOURCE: &'static str = "calculator";
    fn subject(&self) -> String {
        self.number.to_string()
    }
}

/// Rejects a message for 13 as poison, panics on one for 17, and fails the batch of one for 7, for the
/// first `failures_of_7` times.
#[derive(Clone, Default)]
pub(crate) struct Calculator {
    pub(crate) failures_of_7: Arc<AtomicU32>,
    /// Messages that were handled, including rolled back ones.
    pub(crate) calls: Arc<AtomicU32>,
    /// Sets that were handled, including rolled back ones.
    pub(crate) sets: Arc<AtomicU32>,
    /// Messages that were committed.
    pub(crate) committed: Arc<AtomicU32>,
}

impl Handler for Calculator {
    type Effects = u32;

    async fn handle(
        &self,
        conn: &mut AsyncPgConnection,
        messages: &[Incoming],
    ) -> Result<u32, BatchError> {
        let count = u32::try_from(messages.len()).unwrap();
        self.calls.fetch_add(count, Ordering::SeqCst);
        self.sets.fetch_add(1, Ordering::SeqCst);
        let adds = outbox::per_message(messages, |_, message| Ok(message.decode::<Add>()?))?;
        // Written before the failure, to test the rollback.
        let numbers: Vec<i32> = adds.iter().map(|add| add.number).collect();
        sql_query("INSERT INTO handled (number) SELECT unnest($1)")
            .bind::<Array<Integer>, _>(&numbers)
            .execute(conn)
            .await?;
        let mut replies = Messages::new();
        outbox::per_message(messages, |position, _| {
            let Add { number } = adds[position];
            replies.add(&Added { number })?;
            match number {
                13 => Err(HandlerError::poison("13 is not a number")),
                _ => Ok(()),
            }
        })?;
        replies.enqueue(conn).await?;
        assert!(!numbers.contains(&17), "17 is not expected");
        let left = &self.failures_of_7;
        let fails = || left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        if numbers.contains(&7) && fails().is_ok() {
            return Err(HandlerError::transient("7 is busy").into());
        }
        Ok(count)
    }

    fn committed(&self, count: u32) {
        self.committed.fetch_add(count, Ordering::SeqCst);
    }
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = Integer)]
    number: i32,
}

/// One database and one virtual host, for any number of processes.
pub(crate) struct World {
    pub(crate) test_database: TestDatabase,
    pub(crate) vhost: Vhost,
    pub(crate) database: Database,
    pub(crate) broker: Broker,
    pub(crate) stop: CancellationToken,
}

pub(crate) async fn world() -> World {
    let test_database =
        testkit::database("outbox_with_tracestate", async |url| prepare(&url).await).await;
    let vhost = testkit::vhost().await;
    let database = database_at(&test_database.url);
    let broker = broker_at(&vhost.url);
    broker.connected().await;
    World {
        test_database,
        vhost,
        database,
        broker,
        stop: CancellationToken::new(),
    }
}

async fn prepare(url: &str) -> Result<(), Error> {
    let database = database_at(url);
    let mut conn = database.get().await?;
    let tables = include_str!("../../../../migrations/order/20261128000001_messaging/up.sql");
    conn.batch_execute(tables).await?;
    conn.batch_execute("CREATE TABLE handled (number integer NOT NULL)")
        .await?;
    Ok(())
}

pub(crate) fn database_at(url: &str) -> Database {
    Database::new(&DatabaseConfig::at(url.into())).unwrap()
}

pub(crate) fn broker_at(url: &str) -> Broker {
    let mut config = BrokerConfig::at(url.into());
    config.reconnect_max_ms = 200;
    Broker::new(&config).unwrap()
}

/// The calculator's queue, with short retry delays.
pub(crate) fn sums() -> Queue {
    let mut queue = Queue::new("calculator.sums").bind::<Add>();
    queue.first_delay = Duration::from_millis(20);
    queue.max_attempts = 4;
    queue
}

impl World {
    pub(crate) fn outbox(&self) -> Outbox {
        Outbox::new(
            self.database.clone(),
            self.broker.clone(),
            OutboxConfig::default(),
        )
    }

    pub(crate) fn start_relay(&self) -> Outbox {
        let outbox = self.outbox();
        tokio::spawn(outbox.clone().run(self.stop.clone()));
        outbox
    }

    pub(crate) fn start_consumer(&self, calculator: &Calculator) -> JoinHandle<()> {
        tokio::spawn(outbox::consume(
            self.database.clone(),
            self.broker.clone(),
            sums(),
            calculator.clone(),
            self.outbox(),
            self.stop.clone(),
        ))
    }

    pub(crate) async fn send(&self, numbers: impl IntoIterator<Item = i32>) {
        let numbers: Vec<i32> = numbers.into_iter().collect();
        self.database
            .transaction(async move |conn| {
                for number in numbers {
                    outbox::enqueue(conn, &Add { number }).await?;
                }
                Ok::<_, Error>(())
            })
            .await
            .unwrap();
    }

    pub(crate) async fn count(&self, table: &str) -> i64 {
        let count = async {
            let mut conn = self.database.get().await?;
            let row: Count = sql_query(format!("SELECT count(*) FROM {table}"))
                .get_result(&mut conn)
                .await?;
            Ok::<_, Error>(row.count)
        };
        // The test may terminate connections.
        count.await.unwrap_or(-1)
    }

    pub(crate) async fn handled(&self) -> Vec<i32> {
        let mut conn = self.database.get().await.unwrap();
        let rows: Vec<Number> = sql_query("SELECT number FROM handled ORDER BY number")
            .load(&mut conn)
            .await
            .unwrap();
        rows.into_iter().map(|row| row.number).collect()
    }

    pub(crate) async fn run_sql(&self, sql: &str) {
        let mut conn = self.database.get().await.unwrap();
        conn.batch_execute(sql).await.unwrap();
    }

    /// Waits until `count` messages are handled and the outbox is empty.
    pub(crate) async fn settled(&self, count: i64) {
        eventually("all messages handled", async || {
            (self.count("handled").await >= count).then_some(())
        })
        .await;
        eventually("the outbox is empty", async || {
            (self.count("outbox").await == 0).then_some(())
        })
        .await;
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

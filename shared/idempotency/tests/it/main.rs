//! Tests with a real PostgreSQL.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests fail by panicking"
)]

use chrono::{DateTime, TimeDelta, Utc};
use diesel::sql_query;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use idempotency::{Error, Request};
use kernel::{Clock, UserId};
use persistence::{Database, DatabaseConfig};
use testkit::TestDatabase;
use tokio_util::sync::CancellationToken;

struct World {
    test: TestDatabase,
    database: Database,
}

async fn world() -> World {
    let test = testkit::database("idempotency", async |url| prepare(&url).await).await;
    let database = Database::new(&DatabaseConfig::at(test.url.as_str().into())).unwrap();
    World { test, database }
}

async fn prepare(url: &str) -> Result<(), persistence::Error> {
    let database = Database::new(&DatabaseConfig::at(url.into()))?;
    let mut conn = database.get().await?;
    let keys =
        include_str!("../../../../migrations/catalog/20261129205100_idempotency_keys/up.sql");
    conn.batch_execute(keys).await?;
    conn.batch_execute("CREATE TABLE work (done integer NOT NULL)")
        .await?;
    Ok(())
}

fn now() -> DateTime<Utc> {
    Clock::system().now()
}

fn request(account: UserId, key: &str, body: &str) -> Request {
    Request::new(account, "Work", key, &body.to_owned()).unwrap()
}

impl World {
    /// Works, once for a key. Fails after the work if it `fails`.
    async fn work(&self, request: Request, number: i32, fails: bool) -> Result<i32, Error> {
        self.database
            .transaction(async move |conn| {
                if let Some(answer) = request.earlier(conn, now()).await? {
                    return Ok(answer);
                }
                sql_query(format!("INSERT INTO work VALUES ({number})"))
                    .execute(conn)
                    .await
                    .map_err(persistence::Error::from)?;
                request.answered(conn, &number).await?;
                if fails {
                    return Err(persistence::Error::NotFound.into());
                }
                Ok(number)
            })
            .await
    }

    async fn done(&self) -> i64 {
        self.test.count("work").await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_request_gets_the_first_answer_and_does_nothing() {
    let world = world().await;
    let account = UserId::generate();
    for number in [7, 8] {
        let answer = world.work(request(account, "k", "a"), number, false).await;
        assert_eq!(answer.unwrap(), 7);
    }
    assert_eq!(world.done().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_without_a_key_are_not_remembered() {
    let world = world().await;
    let account = UserId::generate();
    for number in [7, 8] {
        let answer = world.work(request(account, "", "a"), number, false).await;
        assert_eq!(answer.unwrap(), number);
    }
    assert_eq!(world.done().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_belongs_to_one_request_of_one_account() {
    let world = world().await;
    let account = UserId::generate();
    world
        .work(request(account, "k", "a"), 1, false)
        .await
        .unwrap();
    let other_body = world.work(request(account, "k", "b"), 2, false).await;
    assert!(matches!(other_body, Err(Error::KeyReused)));
    let other_operation = Request::new(account, "Rest", "k", &"a".to_owned()).unwrap();
    let other_operation = world.work(other_operation, 3, false).await;
    assert!(matches!(other_operation, Err(Error::KeyReused)));
    let stranger = UserId::generate();
    world
        .work(request(stranger, "k", "b"), 4, false)
        .await
        .unwrap();
    assert_eq!(world.done().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_request_can_be_repeated() {
    let world = world().await;
    let account = UserId::generate();
    let failed = world.work(request(account, "k", "a"), 7, true).await;
    assert!(failed.is_err());
    let repeated = world.work(request(account, "k", "a"), 8, false).await;
    assert_eq!(repeated.unwrap(), 8);
    assert_eq!(world.done().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_equal_requests_at_the_same_time_one_works() {
    let world = world().await;
    let account = UserId::generate();
    let tries = (0..8).map(|number| world.work(request(account, "k", "a"), number, false));
    let answers = futures_util::future::join_all(tries).await;
    let answers: Vec<i32> = answers.into_iter().map(Result::unwrap).collect();
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    assert_eq!(world.done().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_kept_for_a_day() {
    let world = world().await;
    let account = UserId::generate();
    world
        .work(request(account, "k", "a"), 1, false)
        .await
        .unwrap();
    let sweep = async |at| {
        let stop = CancellationToken::new();
        idempotency::sweep(&world.database, at, &stop)
            .await
            .unwrap()
    };
    let day = TimeDelta::hours(24) - TimeDelta::seconds(60);
    assert_eq!(sweep(now() + day).await, 0);
    let later = now() + TimeDelta::hours(24);
    assert_eq!(sweep(later).await, 1);
    world
        .work(request(account, "k", "b"), 2, false)
        .await
        .unwrap();
}

#[test]
fn a_key_is_short_and_visible() {
    let account = UserId::generate();
    for (key, is_valid) in [
        ("a", true),
        ("", true),
        ("with a space", false),
        ("\u{e4}", false),
        ("new\nline", false),
    ] {
        let request = Request::new(account, "Work", key, &"a".to_owned());
        assert_eq!(request.is_ok(), is_valid, "{key:?}");
    }
    let long = "k".repeat(256);
    assert!(Request::new(account, "Work", &long, &"a".to_owned()).is_err());
}

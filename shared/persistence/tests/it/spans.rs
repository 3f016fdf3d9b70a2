//! The spans of statements.

use diesel::sql_query;
use diesel::sql_types::{Integer, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use persistence::{Database, Error};
use testkit::{RecordedSpan, Spans, TestDatabase};
use tracing::Instrument;

use crate::support::{migrated, put, read};

/// Whether the current trace is recorded. A separate module, because with Diesel's traits in scope the
/// `load` of an atomic is ambiguous.
mod recorded {
    use std::sync::atomic::{AtomicBool, Ordering};

    static RECORDED: AtomicBool = AtomicBool::new(false);

    pub(super) fn trace() -> Option<u128> {
        RECORDED.load(Ordering::Relaxed).then_some(1)
    }

    pub(super) fn set(recorded: bool) {
        RECORDED.store(recorded, Ordering::Relaxed);
    }
}

async fn listening() -> (Spans, TestDatabase, Database) {
    instruments::exemplars::install(recorded::trace);
    let (test, database) = migrated().await;
    recorded::set(true);
    (Spans::listen(), test, database)
}

fn names(spans: &[RecordedSpan]) -> Vec<&str> {
    spans.iter().map(|span| span.field("otel.name")).collect()
}

#[tokio::test]
async fn a_transaction_has_spans_without_values() {
    let (spans, test, database) = listening().await;
    let work = database.transaction(async |conn| {
        put(conn, "a secret name", 4_711).await?;
        read(conn, "a secret name").await
    });
    let request = tracing::info_span!("request");
    work.instrument(request.clone()).await.unwrap();
    let sql = spans.named("sql");
    let expected = ["BEGIN", "INSERT counters", "SELECT counters", "COMMIT"];
    assert_eq!(expected, *names(&sql));
    let parent = request.id().map(|id| id.into_u64());
    assert!(
        sql.iter().all(|span| span.parent == parent && span.ended),
        "{sql:?}"
    );
    let insert = &sql[1];
    let name = test.url.rsplit('/').next().unwrap();
    for (field, value) in [
        ("otel.kind", "client"),
        ("db.system.name", "postgresql"),
        ("db.namespace", name.split('?').next().unwrap()),
        ("db.operation.name", "INSERT"),
        ("db.query.summary", "INSERT counters"),
        ("db.query.text", "INSERT INTO counters VALUES ($1, $2)"),
        ("error.type", ""),
    ] {
        assert_eq!(value, insert.field(field), "{field}");
    }
    assert!(!insert.field("server.address").is_empty() && !insert.field("server.port").is_empty());
    let all = format!("{sql:?}");
    assert!(!all.contains("secret") && !all.contains("4711"), "{all}");
}

#[tokio::test]
async fn a_trace_that_is_not_recorded_has_no_statements() {
    let (spans, _test, database) = listening().await;
    recorded::set(false);
    let work = database.transaction(async |conn| put(conn, "a", 1).await);
    work.await.unwrap();
    assert!(spans.all().is_empty());
}

#[tokio::test]
async fn a_failed_statement_has_its_code_and_no_values() {
    let (spans, _test, database) = listening().await;
    let work = database.transaction(async |conn| {
        put(conn, "twice", 1).await?;
        put(conn, "twice", 1).await
    });
    assert!(matches!(work.await, Err(Error::Constraint { .. })));
    let sql = spans.named("sql");
    let expected = ["BEGIN", "INSERT counters", "INSERT counters", "ROLLBACK"];
    assert_eq!(expected, *names(&sql));
    let codes: Vec<&str> = sql
        .iter()
        .map(|span| span.field("db.response.status_code"))
        .collect();
    assert_eq!(["", "", "23505", ""], *codes);
    assert_eq!(
        ("23505", "ERROR"),
        (sql[2].field("error.type"), sql[2].field("otel.status_code"))
    );
    assert!(!format!("{sql:?}").contains("twice"));
}

#[tokio::test]
async fn pipelined_statements_have_a_span_each() {
    let (spans, _test, database) = listening().await;
    async fn write(mut conn: &AsyncPgConnection, name: &str, answer: i32) -> Result<(), Error> {
        sql_query("INSERT INTO counters VALUES ($1, $2)")
            .bind::<Text, _>(name)
            .bind::<Integer, _>(answer)
            .execute(&mut conn)
            .await?;
        Ok(())
    }
    async fn bad(mut conn: &AsyncPgConnection) -> Result<(), Error> {
        sql_query("DELETE FROM nothing").execute(&mut conn).await?;
        Ok(())
    }
    let conn = database.get().await.unwrap();
    let (first, second, third) =
        tokio::join!(write(&conn, "a", 1), bad(&conn), write(&conn, "b", 2),);
    assert!(first.is_ok() && second.is_err() && third.is_ok());
    let sql = spans.named("sql");
    assert_eq!(
        ["INSERT counters", "DELETE nothing", "INSERT counters"],
        *names(&sql)
    );
    let failed: Vec<bool> = sql
        .iter()
        .map(|span| !span.field("error.type").is_empty())
        .collect();
    assert_eq!([false, true, false], *failed);
    assert!(sql.iter().all(|span| span.ended));
}

#[tokio::test]
async fn a_canceled_statement_has_an_error() {
    let (spans, _test, database) = listening().await;
    let mut conn = database.get().await.unwrap();
    let mut slow = Box::pin(sql_query("SELECT pg_sleep(60)").execute(&mut conn));
    assert!(futures_util::poll!(&mut slow).is_pending());
    drop(slow);
    drop(conn);
    // At once, not at the next checkout of the connection.
    let sql = spans.named("sql");
    assert!(sql[0].ended && sql[0].field("error.type") == "canceled");
    drop(database);
}

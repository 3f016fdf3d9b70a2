//! Replies that share a commit: the number of statements does not depend on the number of replies.

use contracts::messages::*;
use diesel_async::SimpleAsyncConnection;
use testkit::{Spans, eventually};

use crate::support::App;

const ORDERS: usize = 24;

/// The texts of the statements that ran.
struct Statements(Vec<String>);

impl Statements {
    fn of(spans: &Spans) -> Self {
        let sql = spans.named("sql");
        let texts = sql.iter().map(|span| span.field("db.query.text"));
        Self(texts.map(str::to_owned).collect())
    }

    fn count(&self, start: &str, part: &str) -> usize {
        let texts = self.0.iter();
        texts
            .filter(|text| text.starts_with(start) && text.contains(part))
            .count()
    }
}

fn record_statements() -> Spans {
    // Statements have spans only in recorded traces.
    instruments::exemplars::install(|| Some(1));
    Spans::listen()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_rejections_returns_all_lines_with_one_statement_per_table() {
    let mut app = App::with(&[("saga.tick_ms", "600000")]).await;
    let mut commands = Vec::new();
    for _ in 0..=ORDERS {
        let (_, order) = app.placed().await;
        commands.push(app.participants.receive::<ReserveStock>(&order.id).await);
    }
    let spans = record_statements();
    app.participants.refuse_all(&commands).await;
    for command in &commands {
        let id = command.order_id.to_string();
        app.participants.receive::<OrderRejected>(&id).await;
    }

    let ran = Statements::of(&spans);
    let commits = ran.count("INSERT INTO inbox", "");
    for (start, part) in [
        ("INSERT INTO carts", ""),
        ("INSERT INTO cart_lines", ""),
        ("SELECT", "cart_lines"),
        ("SELECT", "order_lines"),
        ("INSERT INTO order_events", ""),
    ] {
        assert_eq!(ran.count(start, part), commits, "{start} {part}");
    }
    let returned = "sku = 'COFFEE' AND quantity = 2";
    let returned = app.rows("cart_lines", returned).await;
    assert_eq!(returned, i64::try_from(commands.len()).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_runs_one_statement_per_table() {
    let mut app = App::with(&[("saga.tick_ms", "600000")]).await;
    let mut commands = Vec::new();
    for _ in 0..=ORDERS {
        let (_, order) = app.placed().await;
        commands.push(app.participants.receive::<ReserveStock>(&order.id).await);
    }
    let (first, others) = commands.split_first().unwrap();

    let spans = record_statements();
    // The other replies arrive while the first one waits for the lock of its order.
    let database = app.other_session();
    let mut session = database.get().await.unwrap();
    let lock = format!(
        "BEGIN; SELECT 1 FROM orders WHERE id = '{}' FOR UPDATE",
        first.order_id
    );
    session.batch_execute(&lock).await.unwrap();
    app.participants
        .reserve_all(std::slice::from_ref(first))
        .await;
    eventually("the first reply waits", async || {
        let waits = "datname = current_database() AND wait_event_type = 'Lock'";
        (app.rows("pg_stat_activity", waits).await == 1).then_some(())
    })
    .await;
    app.participants.reserve_all(others).await;
    session.batch_execute("COMMIT").await.unwrap();
    for command in &commands {
        let id = command.order_id.to_string();
        app.participants.receive::<AuthorizePayment>(&id).await;
    }

    let ran = Statements::of(&spans);
    let commits = ran.count("INSERT INTO inbox", "");
    assert!(
        2 * commits <= ORDERS,
        "{commits} commits for {ORDERS} orders"
    );
    for (start, part) in [
        ("SELECT", "FOR NO KEY UPDATE"),
        ("UPDATE sagas", ""),
        ("INSERT INTO order_events", ""),
        ("INSERT INTO outbox", ""),
    ] {
        assert_eq!(ran.count(start, part), commits, "{start} {part}");
    }
}

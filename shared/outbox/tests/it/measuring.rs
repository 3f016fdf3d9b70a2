//! The metrics. Each test runs in its own process, so no other test changes them.

use testkit::eventually;

use crate::support::{Calculator, sums, world};

/// Waits until a metric has at least (a counter) or exactly (a gauge) this value.
async fn says(line: &str) {
    instruments::register(&outbox::METRICS);
    let (name, value) = line.rsplit_once(' ').unwrap();
    let value: f64 = value.parse().unwrap();
    let is_counter = name.contains("_total") || name.contains("_count");
    eventually(line, async || {
        let text = instruments::render();
        let mut said = text.lines().filter_map(|said| said.rsplit_once(' '));
        let (_, now) = said.find(|(said, _)| *said == name)?;
        let now: f64 = now.parse().ok()?;
        (now == value || is_counter && now > value).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn outcomes_are_counted_and_the_backlog_is_measured() {
    let world = world().await;
    // No queue is bound yet.
    world.send([1]).await;
    world.start_relay();
    for line in ["outbox_pending 1", "outbox_refused 1"] {
        says(line).await;
    }
    assert!(!instruments::render().contains("outbox_lag_seconds 0.0\n"));
    world.broker.consumer(sums()).subscribed().await;
    let calculator = Calculator::default();
    world.start_consumer(&calculator);
    world.settled(1).await;
    // In one batch and then alone, or alone twice.
    let failures = &calculator.failures_of_7;
    failures.store(2, std::sync::atomic::Ordering::SeqCst);
    world.send([7, 13]).await;
    world.settled(2).await;
    for line in [
        "messages_consumed_total{queue=\"calculator.sums\",outcome=\"handled\"} 2",
        "messages_consumed_total{queue=\"calculator.sums\",outcome=\"retried\"} 1",
        "messages_consumed_total{queue=\"calculator.sums\",outcome=\"dead\"} 1",
        "messages_published_total{type=\"calculator.add.v1\",outcome=\"confirmed\"} 3",
        "dead_letters{queue=\"calculator.sums\"} 1",
        "message_age_seconds_count{queue=\"calculator.sums\"} 4",
        "message_handling_seconds_count{queue=\"calculator.sums\"} 4",
        "database_transactions_total{outcome=\"committed\"} 1",
        "outbox_pending 0",
        "outbox_refused 0",
        "outbox_lag_seconds 0",
    ] {
        says(line).await;
    }
}

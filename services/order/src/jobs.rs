//! Scheduled work. Any number of replicas may run it.

use std::sync::Arc;
use std::time::Duration;

use chassis::jobs;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::config::RetentionConfig;
use crate::failure::Failure;
use crate::metrics::{SAGAS_IN_FLIGHT, SAGAS_OLDEST_AGE};
use crate::store::{SagaCount, awaited, states_in_flight};

/// How often what is in flight is counted.
const COUNT_EVERY: Duration = Duration::from_secs(15);

/// Continues sagas and refunds whose replies are overdue.
pub(crate) async fn continue_overdue(app: Arc<App>, every: Duration, stop: CancellationToken) {
    jobs::repeat("saga pursuit", every, stop, || app.continue_overdue()).await;
}

/// Deletes what is kept no longer; one replica at a time.
pub(crate) async fn sweep(app: Arc<App>, keep: RetentionConfig, stop: CancellationToken) {
    let every = keep.sweep_every();
    let sweep = || async {
        let swept = app
            .store
            .exclusively("order.sweep", || sweep_once(&app, &keep));
        swept.await?.unwrap_or(Ok(()))
    };
    jobs::repeat("retention sweep", every, stop, sweep).await;
}

/// Publishes how much is in flight, and for how long. Every replica publishes the same.
pub(crate) async fn measure(app: Arc<App>, stop: CancellationToken) {
    jobs::repeat("saga count", COUNT_EVERY, stop, || measure_once(&app)).await;
}

async fn sweep_once(app: &App, keep: &RetentionConfig) -> Result<(), Failure> {
    let now = app.clock.now();
    let keys = now - keep.idempotency_keys();
    let timelines = now - keep.timelines();
    while app.store.sweep_carts(now).await? > 0 {}
    while app.store.sweep_keys(keys).await? > 0 {}
    while app.store.sweep_timelines(timelines).await? > 0 {}
    Ok(())
}

async fn measure_once(app: &App) -> Result<(), Failure> {
    let counts = app.store.count_sagas().await?;
    for step in awaited() {
        for state in states_in_flight() {
            let is_this = |count: &&SagaCount| count.step == step && count.state == state;
            let count = counts.iter().find(is_this).map_or(0, |found| found.count);
            SAGAS_IN_FLIGHT.of((step, state)).set(count);
        }
    }
    let now = app.clock.now();
    let oldest = counts.iter().map(|count| count.oldest).min();
    let age = oldest.and_then(|since| (now - since).to_std().ok());
    SAGAS_OLDEST_AGE.set(age.unwrap_or_default());
    Ok(())
}

//! Scheduled work. Any number of replicas may run it.

use std::sync::Arc;
use std::time::Duration;

use chassis::jobs;
use instruments::order::{SAGAS_IN_FLIGHT, SAGAS_OLDEST_AGE};
use tokio_util::sync::CancellationToken;

use crate::config::RetentionConfig;
use crate::failure::Failure;
use crate::shop::Shop;
use crate::store::{SagaCount, states_in_flight, waited_for};

/// How often what is in flight is counted.
const COUNT_EVERY: Duration = Duration::from_secs(15);

/// Goes on with sagas and refunds whose answers are overdue.
pub(crate) async fn pursue(shop: Arc<Shop>, every: Duration, stop: CancellationToken) {
    jobs::repeat("saga pursuit", every, stop, || shop.pursue()).await;
}

/// Deletes what is kept no longer; one replica at a time.
pub(crate) async fn sweep(shop: Arc<Shop>, keep: RetentionConfig, stop: CancellationToken) {
    let every = keep.sweep_every();
    let sweep = || async {
        let swept = shop
            .store
            .exclusively("order.sweep", || sweep_once(&shop, &keep));
        swept.await?.unwrap_or(Ok(()))
    };
    jobs::repeat("retention sweep", every, stop, sweep).await;
}

/// Publishes how much is in flight, and for how long. Every replica says the same.
pub(crate) async fn measure(shop: Arc<Shop>, stop: CancellationToken) {
    jobs::repeat("saga count", COUNT_EVERY, stop, || measure_once(&shop)).await;
}

async fn sweep_once(shop: &Shop, keep: &RetentionConfig) -> Result<(), Failure> {
    let now = shop.clock.now();
    let keys = now - keep.idempotency_keys();
    let timelines = now - keep.timelines();
    while shop.store.sweep_carts(now).await? > 0 {}
    while shop.store.sweep_keys(keys).await? > 0 {}
    while shop.store.sweep_timelines(timelines).await? > 0 {}
    Ok(())
}

async fn measure_once(shop: &Shop) -> Result<(), Failure> {
    let counts = shop.store.count_sagas().await?;
    for step in waited_for() {
        for state in states_in_flight() {
            let is_this = |count: &&SagaCount| count.step == step && count.state == state;
            let count = counts.iter().find(is_this).map_or(0, |found| found.count);
            SAGAS_IN_FLIGHT.of([step, state]).set(count);
        }
    }
    let now = shop.clock.now();
    let oldest = counts.iter().map(|count| count.oldest).min();
    let age = oldest.and_then(|since| (now - since).to_std().ok());
    SAGAS_OLDEST_AGE.set(age.unwrap_or_default());
    Ok(())
}

//! Scheduled work. Any number of replicas may run it.

use std::sync::Arc;
use std::time::Duration;

use chassis::jobs;
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;
use crate::saga::Step;
use crate::shop::Shop;

/// How often the sagas that wait are counted.
const COUNT_EVERY: Duration = Duration::from_secs(15);

/// Goes on with sagas and refunds whose answers are overdue.
pub(crate) async fn pursue(shop: Arc<Shop>, every: Duration, stop: CancellationToken) {
    jobs::repeat("saga pursuit", every, stop, || shop.pursue()).await;
}

/// Deletes expired carts and forgotten keys; one replica at a time.
pub(crate) async fn sweep(
    shop: Arc<Shop>,
    every: Duration,
    keep_keys: chrono::Duration,
    stop: CancellationToken,
) {
    let sweep = || async {
        let swept = shop
            .store
            .exclusively("order.sweep", || sweep_once(&shop, keep_keys));
        swept.await?.unwrap_or(Ok(()))
    };
    jobs::repeat("retention sweep", every, stop, sweep).await;
}

/// Publishes how many sagas wait for which step. Every replica says the same.
pub(crate) async fn measure(shop: Arc<Shop>, stop: CancellationToken) {
    jobs::repeat("saga count", COUNT_EVERY, stop, || measure_once(&shop)).await;
}

async fn sweep_once(shop: &Shop, keep_keys: chrono::Duration) -> Result<(), Failure> {
    let now = shop.clock.now();
    while shop.store.sweep_carts(now).await? > 0 {}
    while shop.store.sweep_keys(now - keep_keys).await? > 0 {}
    Ok(())
}

async fn measure_once(shop: &Shop) -> Result<(), Failure> {
    let waiting = shop.store.in_flight().await?;
    for (step, name) in [
        (Step::Reserve, "reserve"),
        (Step::Authorize, "authorize"),
        (Step::Commit, "commit"),
        (Step::Capture, "capture"),
        (Step::Void, "void"),
        (Step::Release, "release"),
    ] {
        let count = waiting.iter().find(|(each, _)| *each == step);
        let count = count.map_or(0, |(_, count)| *count);
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        metrics::gauge!("sagas_in_flight", "step" => name).set(count);
    }
    Ok(())
}

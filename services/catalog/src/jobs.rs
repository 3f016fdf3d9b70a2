//! Scheduled work; every replica runs all of it.

use std::time::Duration;

use chassis::jobs;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::failure::Failure;

/// How often products that must be indexed again are looked for, and how many are indexed in a transaction.
const INDEX_EVERY: Duration = Duration::from_secs(1);
const INDEX_BATCH: u32 = 200;

/// Indexes the products of renamed categories again, and all after a change of the text rules, a batch per transaction.
pub(crate) async fn rebuild_search(app: App, stop: CancellationToken) {
    jobs::repeat("search rebuild", INDEX_EVERY, stop.clone(), || async {
        while !stop.is_cancelled() && app.rebuild_search(INDEX_BATCH).await? {}
        Ok::<_, Failure>(())
    })
    .await;
}

/// Deletes idempotency keys that are old enough.
pub(crate) async fn sweep_keys(app: App, stop: CancellationToken) {
    let every = idempotency::SWEEP_EVERY;
    jobs::repeat("idempotency", every, stop.clone(), || app.sweep_keys(&stop)).await;
}

/// Expires reservations that are due, a batch per transaction.
pub(crate) async fn expire_reservations(
    app: App,
    every: Duration,
    batch: u32,
    stop: CancellationToken,
) {
    jobs::repeat("reservation expiry", every, stop.clone(), || async {
        while !stop.is_cancelled() && app.expire_reservations(batch).await? {}
        Ok::<_, Failure>(())
    })
    .await;
}

//! Scheduled work; every replica runs all of it.

use std::time::Duration;

use chassis::jobs;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::failure::Failure;

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

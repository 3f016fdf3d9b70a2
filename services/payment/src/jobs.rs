//! Scheduled work; every replica runs all of it.

use std::time::Duration;

use chassis::jobs;
use tokio_util::sync::CancellationToken;

use crate::app::App;

/// Adds the latest bookings to the balances. Replicas share the rows.
pub(crate) async fn roll_up(app: App, every_s: u32, stop: CancellationToken) {
    let every = Duration::from_secs(every_s.into());
    jobs::repeat("ledger roll-up", every, stop, || app.roll_up()).await;
}

/// Schedules lookups of old authorizations.
pub(crate) async fn watch_old_authorizations(app: App, every_s: u32, stop: CancellationToken) {
    let every = Duration::from_secs(every_s.into());
    jobs::repeat("old authorizations", every, stop, || {
        app.watch_old_authorizations()
    })
    .await;
}

/// Deletes rows after their retention time.
pub(crate) async fn sweep(app: App, every_s: u32, stop: CancellationToken) {
    let every = Duration::from_secs(every_s.into());
    jobs::repeat("sweep", every, stop, || app.sweep()).await;
}

//! Scheduled work. Any number of replicas may run it.

use std::time::Duration;

use chassis::jobs;
use tokio_util::sync::CancellationToken;

use crate::app::App;

/// Adds the latest bookings to the balances. Replicas share the work.
pub(crate) async fn roll_up(app: App, every_s: u32, stop: CancellationToken) {
    let every = Duration::from_secs(every_s.into());
    jobs::repeat("ledger roll-up", every, stop, || app.roll_up()).await;
}

/// Schedules lookups of old holds.
pub(crate) async fn watch_holds(app: App, every_s: u32, stop: CancellationToken) {
    let every = Duration::from_secs(every_s.into());
    jobs::repeat("old holds", every, stop, || app.watch_old_holds()).await;
}

/// Deletes rows after their retention time.
pub(crate) async fn sweep(app: App, every_s: u32, stop: CancellationToken) {
    let every = Duration::from_secs(every_s.into());
    jobs::repeat("sweep", every, stop, || app.sweep()).await;
}

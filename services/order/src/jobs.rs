//! Scheduled work. Any number of replicas may run it.

use std::time::Duration;

use chassis::jobs;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::config::RetentionConfig;

/// The interval between two counts of sagas in flight.
const COUNT_EVERY: Duration = Duration::from_secs(5);

/// The interval between two searches for orders without a number. The search reads one index entry.
const NUMBER_EVERY: Duration = Duration::from_secs(60);

/// Continues sagas and refunds whose replies are overdue.
pub(crate) async fn continue_overdue(app: App, every: Duration, stop: CancellationToken) {
    jobs::repeat("overdue sagas", every, stop, || app.continue_overdue()).await;
}

/// Deletes expired rows; one replica at a time.
pub(crate) async fn sweep(app: App, keep: RetentionConfig, stop: CancellationToken) {
    let every = keep.sweep_every();
    jobs::repeat("retention sweep", every, stop, || app.sweep(&keep)).await;
}

/// Gives numbers to orders of earlier versions, which also place some while a release rolls out.
pub(crate) async fn number_orders(app: App, stop: CancellationToken) {
    jobs::repeat("order numbers", NUMBER_EVERY, stop, || app.number_orders()).await;
}

/// Measures how many sagas are in flight, and for how long. Every replica reports the same.
pub(crate) async fn measure(app: App, stop: CancellationToken) {
    jobs::repeat("saga count", COUNT_EVERY, stop, || app.count_sagas()).await;
}

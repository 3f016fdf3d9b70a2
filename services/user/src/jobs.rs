//! Scheduled work. Any number of replicas may run it concurrently.

use std::time::Duration;

use chassis::jobs;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::config::MailConfig;

/// Deletes sessions and tokens that have expired.
pub(crate) async fn sweep_sessions(app: App, every: Duration, stop: CancellationToken) {
    jobs::repeat("session sweep", every, stop, || app.sweep_sessions()).await;
}

/// Fails overdue notifications that no e-mail sender finished, and deletes old finished ones.
pub(crate) async fn sweep_notifications(app: App, config: MailConfig, stop: CancellationToken) {
    jobs::repeat("notification sweep", config.sweep_every(), stop, || {
        app.sweep_notifications(&config)
    })
    .await;
}

/// Deletes counters of failed sign-ins that are zero again.
pub(crate) async fn sweep_throttles(app: App, every: Duration, stop: CancellationToken) {
    jobs::repeat("throttle sweep", every, stop, || app.sweep_throttles()).await;
}

/// Deletes idempotency keys that are old enough.
pub(crate) async fn sweep_keys(app: App, stop: CancellationToken) {
    let every = idempotency::SWEEP_EVERY;
    jobs::repeat("idempotency", every, stop.clone(), || app.sweep_keys(&stop)).await;
}

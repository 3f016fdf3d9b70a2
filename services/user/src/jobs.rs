//! Scheduled work. Any number of replicas may run it concurrently.

use std::time::Duration;

use chassis::jobs;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::config::MailConfig;
use crate::failure::Failure;

/// How often old idempotency keys are deleted.
const SWEEP_KEYS_EVERY: Duration = Duration::from_mins(10);

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

/// Deletes idempotency keys that are old enough, a batch per transaction.
pub(crate) async fn sweep_keys(app: App, stop: CancellationToken) {
    jobs::repeat("key sweep", SWEEP_KEYS_EVERY, stop.clone(), || async {
        while !stop.is_cancelled() && app.sweep_keys().await? {}
        Ok::<_, Failure>(())
    })
    .await;
}

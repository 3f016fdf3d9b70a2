//! Scheduled work. Any number of replicas may run it.

use std::time::Duration;

use kernel::Clock;
use tokio_util::sync::CancellationToken;

use crate::store::Store;

/// Deletes ended sessions and tokens, now and again after each `every`.
pub(crate) async fn sweep_sessions(
    store: Store,
    clock: Clock,
    every: Duration,
    stop: CancellationToken,
) {
    loop {
        match store.sweep_sessions(clock.now()).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "ended sessions deleted"),
            Err(error) => {
                let cause = format!("{:#}", anyhow::Error::from(error));
                tracing::warn!(
                    cause,
                    "cannot delete ended sessions, trying again next time"
                );
            }
        }
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            () = stop.cancelled() => return,
        }
    }
}

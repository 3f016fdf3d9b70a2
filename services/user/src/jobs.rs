//! Scheduled work. Any number of replicas may run it.

use std::time::Duration;

use chassis::jobs;
use kernel::Clock;
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;
use crate::store::Store;

/// Deletes ended sessions and tokens.
pub(crate) async fn sweep_sessions(
    store: Store,
    clock: Clock,
    every: Duration,
    stop: CancellationToken,
) {
    jobs::repeat("session sweep", every, stop, || async {
        let rows = store.sweep_sessions(clock.now()).await?;
        if rows > 0 {
            tracing::info!(rows, "ended sessions deleted");
        }
        Ok::<_, Failure>(())
    })
    .await;
}

/// Deletes mails that ended long ago.
pub(crate) async fn sweep_notices(
    store: Store,
    days: u32,
    every: Duration,
    stop: CancellationToken,
) {
    jobs::repeat("notification sweep", every, stop, || async {
        let mut deleted = 0;
        loop {
            match store.sweep_notices(days).await? {
                0 => break,
                some => deleted += some,
            }
        }
        if deleted > 0 {
            tracing::info!(deleted, "old notifications deleted");
        }
        Ok::<_, persistence::Error>(())
    })
    .await;
}

//! Scheduled work. Any number of replicas may run it.

use std::time::Duration;

use chassis::jobs;
use tokio_util::sync::CancellationToken;

use crate::config::RetentionConfig;
use crate::store::Store;

/// Deletes operations that were finished long ago. The payment, its refunds and the ledger stay.
pub(crate) async fn sweep_operations(
    store: Store,
    config: RetentionConfig,
    stop: CancellationToken,
) {
    let every = Duration::from_secs(config.sweep_every_s.into());
    jobs::repeat("operation sweep", every, stop, || async {
        let mut deleted = 0;
        loop {
            match store.sweep_operations(config.operations_days).await? {
                0 => break,
                some => deleted += some,
            }
        }
        if deleted > 0 {
            tracing::info!(deleted, "finished operations deleted");
        }
        Ok::<_, persistence::Error>(())
    })
    .await;
}

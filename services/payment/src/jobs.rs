//! Scheduled work. Any number of replicas may run it.

use std::time::Duration;

use chassis::jobs;
use kernel::Clock;
use tokio_util::sync::CancellationToken;

use crate::config::{LedgerConfig, LookupsConfig, RetentionConfig};
use crate::store::Store;

/// Adds what was booked lately to the balances. Replicas share the work.
pub(crate) async fn roll_up(store: Store, config: LedgerConfig, stop: CancellationToken) {
    let every = Duration::from_secs(config.roll_up_s.into());
    jobs::repeat("ledger roll-up", every, stop, || async {
        while store.roll_up().await? > 0 {}
        Ok::<_, persistence::Error>(())
    })
    .await;
}

/// Has holds watched that nobody took for long: they may have run out, and the news may be lost.
pub(crate) async fn watch_holds(
    store: Store,
    config: LookupsConfig,
    clock: Clock,
    stop: CancellationToken,
) {
    let every = Duration::from_secs(config.held_sweep_s.into());
    jobs::repeat("old holds", every, stop, || async {
        while store.watch_holds(clock.now() - config.held_after()).await? > 0 {}
        Ok::<_, persistence::Error>(())
    })
    .await;
}

/// Deletes operations that were finished long ago, and forgets events that came long ago. The payment,
/// its refunds and the ledger stay.
pub(crate) async fn sweep(store: Store, config: RetentionConfig, stop: CancellationToken) {
    let every = Duration::from_secs(config.sweep_every_s.into());
    jobs::repeat("sweep", every, stop, || async {
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
        while store.sweep_webhooks(config.webhooks_days).await? > 0 {}
        Ok::<_, persistence::Error>(())
    })
    .await;
}

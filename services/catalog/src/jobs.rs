//! Scheduled work. Any number of replicas may run it.

use std::time::Duration;

use outbox::Outbox;
use tokio_util::sync::CancellationToken;

use crate::store::Store;

/// Ends holds whose time is over, a batch per transaction, now and again after each `every`.
pub(crate) async fn expire_reservations(
    store: Store,
    outbox: Outbox,
    every: Duration,
    batch: u32,
    stop: CancellationToken,
) {
    let mut was_failing = false;
    while !stop.is_cancelled() {
        match store.expire(batch).await {
            Ok(0) => was_failing = false,
            Ok(expired) => {
                was_failing = false;
                tracing::info!(expired, "holds on stock ended by themselves");
                metrics::counter!("catalog_reservations_expired_total")
                    .increment(u64::try_from(expired).unwrap_or(0));
                outbox.wake();
                if expired >= i64::from(batch) {
                    continue;
                }
            }
            Err(error) => {
                if !was_failing {
                    let cause = format!("{:#}", anyhow::Error::from(error));
                    tracing::warn!(
                        cause,
                        "cannot end holds on stock, trying again until it works"
                    );
                }
                was_failing = true;
            }
        }
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            () = stop.cancelled() => return,
        }
    }
}

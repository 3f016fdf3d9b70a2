//! Scheduled work. Any number of replicas may run it.

use std::time::Duration;

use chassis::jobs;
use instruments::catalog::{CATALOG_RESERVATIONS_EXPIRED, CATALOG_STOCK_UNITS};
use outbox::Outbox;
use tokio_util::sync::CancellationToken;

use crate::failure::Failure;
use crate::store::Store;

/// Ends holds whose time is over, a batch per transaction.
pub(crate) async fn expire_reservations(
    store: Store,
    outbox: Outbox,
    every: Duration,
    batch: u32,
    stop: CancellationToken,
) {
    jobs::repeat("reservation expiry", every, stop.clone(), || async {
        while !stop.is_cancelled() && expire(&store, &outbox, batch).await? {}
        Ok::<_, Failure>(())
    })
    .await;
}

/// Ends one batch; answers whether there may be more.
async fn expire(store: &Store, outbox: &Outbox, batch: u32) -> Result<bool, Failure> {
    let (expired, units) = store.expire(batch).await?;
    if expired > 0 {
        tracing::info!(expired, "holds on stock ended by themselves");
        CATALOG_RESERVATIONS_EXPIRED.add(u64::try_from(expired).unwrap_or(0));
        CATALOG_STOCK_UNITS.of(["expired"]).add(units);
        outbox.wake();
    }
    Ok(expired >= i64::from(batch))
}

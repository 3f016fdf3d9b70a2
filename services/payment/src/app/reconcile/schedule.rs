//! Scheduled reconciliations, and the metrics of the last one.

use std::time::Duration;

use chassis::jobs;
use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use super::Reconciler;
use crate::domain::{DifferenceKind, Origin};
use crate::metrics::{PAYMENT_RECONCILIATION_AGE, PAYMENT_RECONCILIATION_DIFFERENCES};
use crate::store::Store;

impl Reconciler {
    /// Requests a reconciliation when the last scheduled one is too old, and deletes old ones.
    pub(crate) async fn keep_schedule(self, stop: CancellationToken) {
        let every = Duration::from_millis(self.config.poll_ms.max(1));
        let this = &self;
        jobs::repeat("reconciliation schedule", every, stop, || async move {
            let now = this.clock.now();
            if this.config.every_h > 0 {
                let new = this.new_run(Origin::Schedule);
                let requested = this
                    .store
                    .request_run_if_due(new, this.config.every_h)
                    .await?;
                if requested {
                    this.wake.wake();
                }
            }
            this.store
                .delete_old_runs(this.config.keep_days, now)
                .await?;
            measure(&this.store, now).await;
            Ok::<_, persistence::Error>(())
        })
        .await;
    }
}

/// Sets the metrics to the differences and the age of the last completed reconciliation.
pub(super) async fn measure(store: &Store, now: DateTime<Utc>) {
    let Ok(Some(run)) = store.last_completed().await else {
        return;
    };
    let Ok(found) = store.differences_by_kind(run.id).await else {
        return;
    };
    for kind in DifferenceKind::ALL {
        let count = found.iter().find(|(of, _)| *of == kind);
        let count = count.map_or(0, |(_, count)| *count);
        PAYMENT_RECONCILIATION_DIFFERENCES.of(kind).set(count);
    }
    let age = now - run.finished_at.unwrap_or(now);
    PAYMENT_RECONCILIATION_AGE.set(age.to_std().unwrap_or_default());
}

//! The use cases: load, decide in `domain`, save. `grpc`, `consumers` and `jobs` call only these.

mod cancel_orphans;
mod commands;
mod ledger;
mod lookups;
mod old_authorizations;
mod operations;
mod orphan_intents;
mod payments;
mod reconcile;
mod retention;
mod webhooks;

use std::sync::Arc;

use kernel::Clock;
use leases::Wake;
use outbox::Outbox;
use persistence::Database;

pub use cancel_orphans::cancel_orphans;
pub(crate) use reconcile::Reconciler;
pub use reconcile::reconcile;
pub(crate) use webhooks::NotAccepted;

use crate::config::Own;
use crate::domain::Effects;
use crate::failure::Failure;
use crate::metrics;
use crate::provider::Provider;
use crate::store::Store;

/// The dependencies of the use cases. Cheap to clone.
#[derive(Clone)]
pub(crate) struct App {
    store: Store,
    provider: Provider,
    outbox: Outbox,
    clock: Clock,
    config: Arc<Own>,
    /// Wakes the worker of operations in this process.
    operations_due: Wake,
    /// Wakes the worker of lookups in this process.
    lookups_due: Wake,
    pub(crate) reconciler: Reconciler,
}

impl App {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// The address or the key of the provider is invalid.
    pub(crate) fn new(config: Own, database: Database, outbox: Outbox) -> anyhow::Result<Self> {
        let reconciler = Reconciler::new(&config, database.clone())?;
        Ok(Self {
            store: reconciler.store.clone(),
            provider: reconciler.provider.clone(),
            outbox,
            clock: reconciler.clock.clone(),
            config: Arc::new(config),
            operations_due: Wake::default(),
            lookups_due: Wake::default(),
            reconciler,
        })
    }

    /// Called after a commit: counts its replies, wakes the relay, and wakes the worker of its operations.
    pub(crate) fn committed(&self, effects: &Effects) {
        if !effects.replies.is_empty() {
            self.outbox.wake();
            metrics::count(&effects.replies);
        }
        if effects.has_operations {
            self.operations_due.wake();
        }
    }
}

/// Repeats a commit a few times while the database fails with a transient error.
async fn commit_with_retry<T, F, Fut>(commit: F) -> Result<T, Failure>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T, Failure>>,
{
    let is_transient =
        |error: &Failure| matches!(error, Failure::Database(error) if error.is_transient());
    leases::commit(commit, is_transient).await
}

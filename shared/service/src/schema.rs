//! Waits for the migrations that the process embeds.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use persistence::{Database, EmbeddedMigrations};

/// Time between two looks at the database.
const RETRY: Duration = Duration::from_millis(250);

/// Completes once the database has every migration of the process, which may be applied after it has started. Until then
/// nothing runs that could fail for want of a table: a message would become a dead letter.
#[derive(Clone)]
pub(crate) struct Schema(Shared<BoxFuture<'static, ()>>);

impl Schema {
    pub(crate) fn new(database: Database, migrations: EmbeddedMigrations) -> Self {
        Self(wait(database, migrations).boxed().shared())
    }

    /// Whether the database had every migration when a job looked.
    pub(crate) fn is_current(&self) -> bool {
        self.0.peek().is_some()
    }

    /// Resolves once the database has every migration.
    pub(crate) async fn current(self) {
        self.0.await;
    }
}

async fn wait(database: Database, migrations: EmbeddedMigrations) {
    let mut reported = Vec::new();
    loop {
        match persistence::missing(&database, &migrations).await {
            Ok(missing) if missing.is_empty() => return,
            Ok(missing) => {
                if missing != reported {
                    let migrations = missing.join(", ");
                    tracing::info!(%migrations, "waiting for migrations: run the command `migrate`");
                    reported = missing;
                }
            }
            // The readiness check reports a database that does not respond.
            Err(error) => tracing::debug!(%error, "cannot read the applied migrations"),
        }
        tokio::time::sleep(RETRY).await;
    }
}

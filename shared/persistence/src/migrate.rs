//! Bringing a database's schema up to date.

use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness};
use secrecy::{ExposeSecret, SecretString};

use crate::connect::connect_patiently;
use crate::error::Error;

/// Any number will do as long as every migrating process takes the same one.
const LOCK: i64 = 0x4d65_7263_616e_7469;

/// Why the schema was not brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database did not answer, or did not give the lock.
    #[error("cannot start to migrate")]
    Database(#[from] Error),
    /// A migration failed; the ones before it are applied, this one is not.
    #[error("a migration failed")]
    Migration(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The thread that ran the migrations was lost.
    #[error("the migration was interrupted")]
    Interrupted(#[source] tokio::task::JoinError),
}

/// Applies what is pending and returns the versions applied, oldest first.
///
/// Any number of processes may call this at once: an advisory lock on the migrating
/// session lets one work and the others wait, then find nothing to do. `url` must
/// lead to PostgreSQL itself, not to a pooler.
///
/// # Errors
/// When the database cannot be reached within a minute, does not let us in, or a migration fails.
pub async fn migrate(
    url: &SecretString,
    migrations: EmbeddedMigrations,
) -> Result<Vec<String>, MigrateError> {
    let mut session = connect_patiently(url.expose_secret()).await?;
    session
        .batch_execute(&format!("SELECT pg_advisory_lock({LOCK})"))
        .await
        .map_err(Error::from)?;
    // Diesel's migrations are blocking code; on a blocking thread they work on every
    // flavor of runtime. The lock goes with the session, at the end or on a crash.
    tokio::task::spawn_blocking(move || run(session, migrations))
        .await
        .map_err(MigrateError::Interrupted)?
}

fn run(
    session: AsyncPgConnection,
    migrations: EmbeddedMigrations,
) -> Result<Vec<String>, MigrateError> {
    let mut harness = AsyncMigrationHarness::new(session);
    let applied = harness
        .run_pending_migrations(migrations)
        .map_err(MigrateError::Migration)?;
    for version in &applied {
        tracing::info!(%version, "migration applied");
    }
    Ok(applied.iter().map(ToString::to_string).collect())
}

//! Applies migrations.

use std::time::Duration;

use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::sql_types::{Bool, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness};

use crate::config::DatabaseConfig;
use crate::connect::connect_with_retries;
use crate::database::Database;
use crate::error::Error;

/// An arbitrary number, the same in every process that migrates.
const LOCK: i64 = 0x4d65_7263_616e_7469;

/// How often a session that waits asks for the lock.
const RETRY: Duration = Duration::from_millis(100);

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = Bool)]
    taken: bool,
}

#[derive(QueryableByName)]
struct Exists {
    #[diesel(sql_type = Bool)]
    exists: bool,
}

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    version: String,
}

/// Why migrations were not applied.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database did not respond, or the lock could not be acquired.
    #[error("cannot start the migration")]
    Database(#[from] Error),
    /// A migration failed and is not applied; those before it are.
    #[error("a migration failed")]
    Migration(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The thread that ran the migrations panicked or was aborted.
    #[error("the migration was interrupted")]
    Interrupted(#[source] tokio::task::JoinError),
}

/// Applies pending migrations and returns their versions, oldest first.
///
/// Processes may call it concurrently: with an advisory lock one migrates while the others wait and then
/// find nothing to do. A session is required, so `direct_url` is used if it is set.
///
/// # Errors
/// The configuration cannot be used, the database does not respond within a minute or rejects the connection, or a
/// migration fails.
pub async fn migrate(
    config: &DatabaseConfig,
    migrations: EmbeddedMigrations,
) -> Result<Vec<String>, MigrateError> {
    let mut session = connect_with_retries(&config.session_server()?).await?;
    // A session that waits inside `pg_advisory_lock` has a snapshot, and CREATE INDEX CONCURRENTLY waits for the end
    // of older snapshots: a deadlock. So this one asks again.
    while !has_lock(&mut session).await? {
        tokio::time::sleep(RETRY).await;
    }
    // Diesel's migrations are blocking code; on a blocking thread they work with every kind of runtime.
    // The lock is released when the session ends, also on a crash.
    tokio::task::spawn_blocking(move || run(session, migrations))
        .await
        .map_err(MigrateError::Interrupted)?
}

/// The versions of `migrations` that the database lacks, oldest first. Diesel's `pending_migrations` would create its table
/// first, which the role of a service may not.
///
/// # Errors
/// The database does not respond, or rejects the connection or the query.
pub async fn missing(
    database: &Database,
    migrations: &EmbeddedMigrations,
) -> Result<Vec<String>, Error> {
    let mut connection = database.get().await?;
    let table: Exists =
        sql_query("SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL AS exists")
            .get_result(&mut connection)
            .await?;
    let applied: Vec<Applied> = if table.exists {
        sql_query("SELECT version FROM __diesel_schema_migrations")
            .load(&mut connection)
            .await?
    } else {
        Vec::new()
    };
    let embedded = MigrationSource::<Pg>::migrations(migrations)
        .map_err(|error| Error::Other(diesel::result::Error::QueryBuilderError(error)))?;
    let versions = embedded
        .iter()
        .map(|migration| migration.name().version().to_string());
    Ok(versions
        .filter(|version| applied.iter().all(|applied| applied.version != *version))
        .collect())
}

/// Takes the lock of migrations, unless another session has it.
async fn has_lock(session: &mut AsyncPgConnection) -> Result<bool, Error> {
    let taken: Taken = sql_query(format!("SELECT pg_try_advisory_lock({LOCK}) AS taken"))
        .get_result(session)
        .await?;
    Ok(taken.taken)
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

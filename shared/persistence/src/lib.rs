//! PostgreSQL for the services: a pool, transactions with retries, migrations under a lock, and jobs that
//! one replica at a time runs.
//!
//! ```no_run
//! # async fn example(config: persistence::DatabaseConfig) -> Result<(), persistence::Error> {
//! use diesel_async::RunQueryDsl;
//!
//! let database = persistence::Database::new(&config)?;
//! database
//!     .transaction(async |conn| {
//!         diesel::sql_query("UPDATE stock SET on_hand = on_hand - 1").execute(conn).await?;
//!         Ok::<_, persistence::Error>(())
//!     })
//!     .await
//! # }
//! ```

mod config;
mod connect;
mod database;
mod error;
mod exclusive;
mod metrics;
mod migrate;
mod pool;
mod prepared;
mod server;
mod spans;
mod summary;

pub use config::DatabaseConfig;
pub use database::{Body, Connection, Database};
pub use diesel_migrations::EmbeddedMigrations;
pub use error::Error;
pub use metrics::METRICS;
pub use migrate::{MigrateError, migrate, missing};
pub use prepared::{Bound, Prepared, prepared};

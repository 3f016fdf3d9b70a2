use std::future::Future;

use anyhow::ensure;
use chassis::About;
use chassis::config::FromSections;
use chassis::process::Program;
use chassis::{Running, Shutdown};
use persistence::EmbeddedMigrations;

use crate::config::{Config, ServiceConfig};

/// The program of a service: `serve | migrate | healthcheck | config`. [`Program::command`] adds
/// other commands.
pub fn program<Own, Started>(
    about: About,
    migrations: EmbeddedMigrations,
    start: impl FnOnce(Config<Own>, Shutdown) -> Started + 'static,
) -> Program<ServiceConfig<Own>>
where
    Own: FromSections + 'static,
    Started: Future<Output = anyhow::Result<Running>> + 'static,
{
    let migrate = |config: Config<Own>, arguments: Vec<String>| async move {
        ensure!(arguments.is_empty(), "`migrate` takes no arguments");
        persistence::migrate(&config.own.database, migrations).await?;
        Ok(())
    };
    Program::new(about, start).command(
        "migrate",
        "apply pending migrations to the database",
        migrate,
    )
}

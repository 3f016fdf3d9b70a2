//! The smallest service, without any RPC, queue or job of its own.

use chassis::About;
use chassis::{Running, Shutdown};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use garde::Validate;
use serde::Deserialize;
use service::{Config, Service, program};

/// The tables of the outbox and of the audit are the same in every database.
const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/user");

const ABOUT: About = About {
    name: "empty",
    version: env!("CARGO_PKG_VERSION"),
    defaults: include_str!("empty.toml"),
};

#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Own {
    #[garde(dive)]
    user: upstream::Config,
}

async fn start(config: Config<Own>, shutdown: Shutdown) -> anyhow::Result<Running> {
    let (service, config) = Service::new(config, MIGRATIONS, shutdown)?;
    service.keys_of(&config.user)?.start().await
}

fn main() -> std::process::ExitCode {
    program(ABOUT, MIGRATIONS, start).main()
}

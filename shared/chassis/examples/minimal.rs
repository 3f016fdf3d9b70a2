//! The smallest process that stands on the chassis: an admin port and nothing else.

use chassis::admin::Readiness;
use chassis::process::{About, Settings};
use chassis::{Running, Shutdown, admin, shutdown, telemetry};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    admin: admin::Config,
    telemetry: telemetry::Config,
    shutdown: shutdown::Config,
    #[serde(default, rename = "upstream_url")]
    _upstream_url: String,
}

impl Settings for Config {
    fn telemetry(&self) -> &telemetry::Config {
        &self.telemetry
    }

    fn admin(&self) -> &admin::Config {
        &self.admin
    }

    fn shutdown(&self) -> &shutdown::Config {
        &self.shutdown
    }
}

async fn start(config: Config, shutdown: Shutdown) -> anyhow::Result<Running> {
    let readiness = Readiness::new(&config.admin, &shutdown);
    let admin = admin::serve(&config.admin, readiness, &shutdown).await?;
    Ok(Running::new(admin, admin, shutdown))
}

fn main() -> std::process::ExitCode {
    let about = About {
        name: "minimal",
        version: env!("CARGO_PKG_VERSION"),
        defaults: "[admin]\nlisten = \"127.0.0.1:9099\"\n[telemetry]\n[shutdown]\n",
    };
    chassis::process::main_without_migrations(about, start)
}

//! The smallest process that stands on the chassis: an admin port and nothing else.

use chassis::About;
use chassis::admin::Readiness;
use chassis::process::{Config, Program};
use chassis::{Running, Shutdown, admin};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    #[serde(default, rename = "upstream_url")]
    _upstream_url: String,
}

async fn start(config: Config<Own>, shutdown: Shutdown) -> anyhow::Result<Running> {
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
    Program::new(about, start).main()
}

//! The smallest process: only an admin port.

use chassis::About;
use chassis::admin::Readiness;
use chassis::process::{Config, Program};
use chassis::{Running, Shutdown, admin};
use garde::Validate;
use serde::Deserialize;

const DEFAULTS: &str = r#"
upstream_url = ""

[admin]
listen = "127.0.0.1:9099"
check_timeout_ms = 1000

[telemetry]
log_format = "text"
log = "info"
trace = "info"
otlp_endpoint = ""
sampling_ratio = 1.0
recent_spans = 0
revision = ""

[shutdown]
lame_duck_ms = 0
drain_ms = 15000
stop_ms = 5000
"#;

#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
struct Own {
    #[serde(rename = "upstream_url")]
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
        defaults: DEFAULTS,
    };
    Program::new(about, start).main()
}

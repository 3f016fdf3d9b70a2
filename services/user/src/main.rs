//! `user serve | migrate | seed | healthcheck | config`.

use std::process::ExitCode;

use chassis::process::{About, main_with_seed};
use user::Config;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let about = About {
        name: "user",
        version: env!("CARGO_PKG_VERSION"),
        defaults: user::config::DEFAULTS,
    };
    main_with_seed(
        about,
        user::start,
        user::migrate,
        |config: Config, arguments| async move {
            anyhow::ensure!(arguments.is_empty(), "`user seed` takes no arguments");
            user::seed(config).await
        },
    )
}

//! `gateway serve | healthcheck | config`.

use std::process::ExitCode;

use chassis::process::{About, main_without_migrations};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let about = About {
        name: "gateway",
        version: env!("CARGO_PKG_VERSION"),
        defaults: gateway::config::DEFAULTS,
    };
    main_without_migrations(about, gateway::start)
}

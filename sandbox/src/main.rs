//! `sandbox serve | healthcheck | config`.

use std::process::ExitCode;

use chassis::process::{self, About};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let about = About {
        name: "sandbox",
        version: env!("CARGO_PKG_VERSION"),
        defaults: sandbox::config::DEFAULTS,
    };
    process::main_without_migrations(about, sandbox::start)
}

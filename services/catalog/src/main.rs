//! `catalog serve | migrate | seed | healthcheck | config`.

use std::process::ExitCode;

use chassis::process::{About, main_with_seed};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let about = About {
        name: "catalog",
        version: env!("CARGO_PKG_VERSION"),
        defaults: catalog::config::DEFAULTS,
    };
    main_with_seed(about, catalog::start, catalog::migrate, catalog::seed)
}

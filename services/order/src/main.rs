//! `order serve | migrate | healthcheck | config`.

use std::process::ExitCode;

use chassis::process::{self, About};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let about = About {
        name: "order",
        version: env!("CARGO_PKG_VERSION"),
        defaults: order::config::DEFAULTS,
    };
    process::main(about, order::start, order::migrate)
}

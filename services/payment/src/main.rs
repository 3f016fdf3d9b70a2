//! `payment serve | migrate | healthcheck | config`

use std::process::ExitCode;

use chassis::process::{self, About};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let about = About {
        name: "payment",
        version: env!("CARGO_PKG_VERSION"),
        defaults: payment::config::DEFAULTS,
    };
    process::main(about, payment::start, payment::migrate)
}

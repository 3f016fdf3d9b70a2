//! `order serve | migrate | healthcheck | config`

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    chassis::process::main(order::ABOUT, order::start, order::migrate)
}

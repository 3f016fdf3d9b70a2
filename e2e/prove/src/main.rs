//! `prove --plan FILE`. `cargo xtask prove` prepares the servers, the binaries and the plan, then runs it.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    prove::main(prove::Options::parse())
}

//! `prove --plan FILE`: started by `cargo xtask prove`, which prepares the servers and the binaries.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    prove::main(prove::Options::parse())
}

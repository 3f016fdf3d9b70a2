//! The check of the shop in containers; `cargo xtask compose` builds and starts it. See `README.md`.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Parser;
use xtask::terminal::failure;
use xtask::{EXIT_SKIPPED, Project, interrupt};

mod check;
mod faults;
mod hardening;
mod images;
mod inspect;
mod isolation;
mod purchase;
mod reconciliation;
mod replicas;
mod stack;

/// Check the shop in containers.
#[derive(Parser)]
#[command(name = "containers")]
struct Options {
    /// Check images that exist already, such as those of a release, instead of building some
    #[arg(long, value_name = "VERSION")]
    images: Option<String>,

    /// Leave the shop running afterwards
    #[arg(long)]
    keep: bool,

    /// If the shop cannot run in containers here, write the reason to this file and exit with 77 instead of 1
    #[arg(long, value_name = "FILE")]
    skip_reason: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(code) => code,
        // xtask reports the interrupt.
        Err(_) if interrupt::requested() => ExitCode::from(130),
        Err(error) => {
            failure(format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<ExitCode> {
    interrupt::listen()?;
    let project = Project::find()?;
    if let Some(obstacle) = images::obstacle(&project)? {
        let Some(file) = &options.skip_reason else {
            bail!(obstacle);
        };
        fs::write(file, obstacle).with_context(|| format!("cannot write {}", file.display()))?;
        return Ok(ExitCode::from(EXIT_SKIPPED));
    }
    check::run(project, options)?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests;

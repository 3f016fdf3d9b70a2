//! The check of the manifests of Kubernetes; `cargo xtask deploy check` builds and starts it. See `README.md`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use clap::Parser;
use xtask::Project;
use xtask::terminal::{failure, status};

mod environment;
#[cfg(test)]
mod faults;
mod network;
mod object;
mod pod;
mod render;
mod repository;
mod rules;
mod schema;
mod terraform;

use render::Manifests;
use repository::Repository;

/// Check the manifests of Kubernetes.
#[derive(Parser)]
#[command(name = "manifests")]
struct Options {
    /// The kubectl that renders them
    kubectl: PathBuf,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(code) => code,
        Err(error) => {
            failure(format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<ExitCode> {
    let begin = Instant::now();
    let project = Project::find()?;
    let repository = Repository::read(project.root())?;
    let manifests = Manifests::render(&options.kubectl, project.root())?;
    let violations = rules::check(&manifests, &repository);
    for violation in &violations {
        failure(violation.to_string());
    }
    status(
        "Checked",
        format!(
            "{}, {} rules, {} violations in {:.1} s",
            manifests.describe(),
            rules::RULES.len() + 1,
            violations.len(),
            begin.elapsed().as_secs_f32()
        ),
    );
    Ok(if violations.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

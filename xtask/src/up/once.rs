//! What runs once before the shop opens: migrations and the demo data.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};

use super::topology::{Part, Topology};
use crate::command::output;
use crate::terminal::status;

/// Brings every database up to date, all at the same time.
pub(crate) fn migrate(binaries: &Path, topology: &Topology) -> Result<()> {
    let begin = Instant::now();
    let parts: Vec<&Part> = topology
        .parts
        .iter()
        .filter(|part| part.has_database())
        .collect();
    at_the_same_time(&parts, |part| {
        let migrated = output(command(binaries, part).arg("migrate"));
        migrated.map(drop).context(
            "after an edited migration, `cargo xtask down --purge` begins with empty databases",
        )
    })?;
    let names: Vec<&str> = parts.iter().map(|part| part.name).collect();
    status(
        "Migrated",
        format!(
            "{} in {:.1} s",
            names.join(", "),
            begin.elapsed().as_secs_f32()
        ),
    );
    Ok(())
}

/// Loads the demo catalogue and the demo accounts; what is there already stays as it is.
pub(crate) fn seed(binaries: &Path, topology: &Topology) -> Result<()> {
    let begin = Instant::now();
    let parts: Vec<&Part> = topology
        .parts
        .iter()
        .filter(|part| part.has_demo_data())
        .collect();
    at_the_same_time(&parts, |part| {
        output(command(binaries, part).arg("seed")).map(drop)
    })?;
    status(
        "Seeded",
        format!(
            "the demo catalogue and accounts in {:.1} s",
            begin.elapsed().as_secs_f32()
        ),
    );
    Ok(())
}

/// A process of the shop with its environment, without a subcommand yet.
pub(crate) fn command(binaries: &Path, part: &Part) -> Command {
    let mut command = Command::new(binaries.join(part.name));
    command.envs(&part.environment);
    command
}

fn at_the_same_time(parts: &[&Part], work: impl Fn(&Part) -> Result<()> + Sync) -> Result<()> {
    thread::scope(|scope| {
        let threads: Vec<_> = parts
            .iter()
            .map(|part| scope.spawn(|| work(part)))
            .collect();
        threads.into_iter().try_for_each(|thread| {
            thread
                .join()
                .unwrap_or_else(|_| Err(anyhow!("a thread of xtask died")))
        })
    })
}

//! What runs once before the shop opens: migrations and the demo data.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};

use super::processes::{Launch, Processes};
use crate::command::output;
use crate::terminal::status;

/// Brings every database up to date, all at the same time.
pub(crate) fn migrate(binaries: &Path, processes: &Processes) -> Result<()> {
    let begin = Instant::now();
    let launches: Vec<&Launch> = processes
        .all
        .iter()
        .filter(|launch| launch.process.has_database())
        .collect();
    at_the_same_time(&launches, |launch| {
        let migrated = output(command(binaries, launch).arg("migrate"));
        migrated.map(drop).context(
            "after an edited migration, `cargo xtask down --purge` begins with empty databases",
        )
    })?;
    let names: Vec<&str> = launches.iter().map(|launch| launch.name()).collect();
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
pub(crate) fn seed(binaries: &Path, processes: &Processes) -> Result<()> {
    let begin = Instant::now();
    let launches: Vec<&Launch> = processes
        .all
        .iter()
        .filter(|launch| launch.process.has_demo_data)
        .collect();
    at_the_same_time(&launches, |launch| {
        output(command(binaries, launch).arg("seed")).map(drop)
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
pub(crate) fn command(binaries: &Path, launch: &Launch) -> Command {
    let mut command = Command::new(binaries.join(launch.name()));
    command.envs(&launch.environment);
    command
}

fn at_the_same_time(
    launches: &[&Launch],
    work: impl Fn(&Launch) -> Result<()> + Sync,
) -> Result<()> {
    thread::scope(|scope| {
        let threads: Vec<_> = launches
            .iter()
            .map(|launch| scope.spawn(|| work(launch)))
            .collect();
        threads.into_iter().try_for_each(|thread| {
            thread
                .join()
                .unwrap_or_else(|_| Err(anyhow!("a thread of xtask died")))
        })
    })
}

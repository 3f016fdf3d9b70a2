//! Jobs before the start of the shop: migrations and demo data.

use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};

use super::processes::{ProcessPlan, Processes};
use crate::command::output;
use crate::terminal::status;

/// Migrates all databases, in parallel.
pub(crate) fn migrate(binaries: &Path, processes: &Processes) -> Result<()> {
    let begin = Instant::now();
    let plans: Vec<&ProcessPlan> = processes
        .all
        .iter()
        .filter(|plan| plan.process.has_database())
        .collect();
    in_parallel(&plans, |plan| {
        let migrated = output(
            command(binaries, plan)
                .arg("migrate")
                .envs(&plan.owner_environment),
        );
        migrated.map(drop).context(
            "if a migration was edited or the databases are of an older version, `cargo xtask down --purge` removes them",
        )
    })?;
    let names: Vec<&str> = plans.iter().map(|plan| plan.name()).collect();
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

/// Loads the demo catalog, accounts and discount codes. Existing rows do not change.
pub(crate) fn seed(binaries: &Path, processes: &Processes) -> Result<()> {
    let begin = Instant::now();
    let plans: Vec<&ProcessPlan> = processes
        .all
        .iter()
        .filter(|plan| plan.process.has_demo_data)
        .collect();
    in_parallel(&plans, |plan| {
        output(command(binaries, plan).arg("seed")).map(drop)
    })?;
    status(
        "Seeded",
        format!(
            "the demo catalog, accounts and discount codes in {:.1} s",
            begin.elapsed().as_secs_f32()
        ),
    );
    Ok(())
}

/// The command of a process with its environment and without a subcommand.
pub(crate) fn command(binaries: &Path, plan: &ProcessPlan) -> Command {
    let mut command = Command::new(binaries.join(plan.name()));
    command.envs(&plan.environment);
    command
}

fn in_parallel(
    plans: &[&ProcessPlan],
    work: impl Fn(&ProcessPlan) -> Result<()> + Sync,
) -> Result<()> {
    thread::scope(|scope| {
        let threads: Vec<_> = plans
            .iter()
            .map(|plan| scope.spawn(|| work(plan)))
            .collect();
        threads.into_iter().try_for_each(|thread| {
            thread
                .join()
                .unwrap_or_else(|_| Err(anyhow!("a thread of xtask panicked")))
        })
    })
}

//! The table at the end, and the same for machines.

use std::{
    collections::BTreeMap,
    fmt, fs,
    io::{Write, stdout},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};
use clap::{ValueEnum, builder::PossibleValue};
use serde_json::{Value, json};

use crate::{FaultKind, FaultRecord, invariants::Judgment, latency::Latency, witness::Tally};

mod table;

/// All that a run came to.
#[derive(Debug)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// How long customers shopped and harm was done.
    pub harmed: Duration,
    /// How long it then took until all was quiet; `None` when it never was.
    pub quiet_after: Option<Duration>,
    /// What was still going on at the deadline.
    pub never_quiet: Vec<String>,
    /// Measured before the harm.
    pub unloaded: Latency,
    /// Every fault.
    pub faults: Vec<FaultRecord>,
    /// What was found.
    pub judgment: Judgment,
    /// Requests and what came of them.
    pub tally: Tally,
    /// Where every process and server logged to.
    pub logs: PathBuf,
}

impl Outcome {
    /// Whether nothing was lost.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.quiet_after.is_some() && self.judgment.holds()
    }

    fn faults_by_kind(&self) -> BTreeMap<String, u64> {
        let mut faults = BTreeMap::new();
        for fault in &self.faults {
            *faults.entry(fault.kind.to_string()).or_default() += 1;
        }
        faults
    }

    fn orders(&self) -> u64 {
        self.judgment.orders.values().sum()
    }
}

/// Prints the tables: faults by kind, orders by outcome, invariants with counts.
pub fn print(outcome: &Outcome) {
    let text = table::render(outcome);
    // A reader that went away does not change what was found.
    stdout().lock().write_all(text.as_bytes()).ok();
}

/// Writes the machine-readable report.
///
/// # Errors
/// When the file cannot be written.
pub fn write(file: &Path, outcome: &Outcome) -> Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let text = serde_json::to_string_pretty(&document(outcome))?;
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

fn document(outcome: &Outcome) -> Value {
    json!({
        "clean": outcome.is_clean(),
        "seed": outcome.seed,
        "harmed_s": outcome.harmed.as_secs(),
        "quiet_after_s": outcome.quiet_after.map(|after| after.as_secs()),
        "never_quiet": outcome.never_quiet,
        "orders": {
            "total": outcome.orders(),
            "by_outcome": outcome.judgment.orders,
        },
        "requests": {
            "total": outcome.tally.requests,
            "by_answer": outcome.tally.answers,
        },
        "placed_to_confirmed": {
            "unloaded": outcome.unloaded,
            "harmed": outcome.judgment.harmed,
        },
        "faults": {
            "total": outcome.faults.len(),
            "by_kind": outcome.faults_by_kind(),
            "each": outcome.faults,
        },
        "invariants": outcome.judgment.verdicts,
        "logs": outcome.logs,
    })
}

impl fmt::Display for FaultKind {
    /// As on the command line: `crash_postgres`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        formatter.write_str(value.as_ref().map_or("", PossibleValue::get_name))
    }
}

#[cfg(test)]
mod tests;

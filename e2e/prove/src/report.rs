//! The report: tables on stdout, and a JSON file.

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

use crate::history::Tally;
use crate::invariants::{Check, CheckResults};
use crate::{FaultKind, FaultRecord, latency::Latency};

mod table;

/// The results of a run.
#[derive(Debug)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// How long faults were injected while clients bought.
    pub duration: Duration,
    /// Time from when faults had ended and clients had finished until quiescence; `None` if it was not
    /// reached in time.
    pub quiescent_after: Option<Duration>,
    /// What was still in progress at the deadline.
    pub still_pending: Vec<String>,
    /// Latency before the first fault.
    pub without_faults: Latency,
    /// Every fault that was injected.
    pub faults: Vec<FaultRecord>,
    /// What the checker found.
    pub results: CheckResults,
    /// Counts of requests and answers.
    pub tally: Tally,
    /// The folder of the logs of every process and server.
    pub logs: PathBuf,
}

impl Outcome {
    /// Whether quiescence was reached and every invariant holds.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.quiescent_after.is_some() && self.results.holds()
    }

    fn faults_by_kind(&self) -> BTreeMap<String, u64> {
        let mut faults = BTreeMap::new();
        for fault in &self.faults {
            *faults.entry(fault.kind.to_string()).or_default() += 1;
        }
        faults
    }

    fn orders(&self) -> u64 {
        self.results.orders.values().sum()
    }
}

/// Prints the tables to stdout.
pub fn print(outcome: &Outcome) {
    let text = table::render(outcome);
    // A closed pipe must not change the exit status.
    stdout().lock().write_all(text.as_bytes()).ok();
}

/// Prints a table of invariants to stdout, after `heading`.
pub(crate) fn print_invariants(heading: &str, checks: &[Check], logs: &Path) {
    let mut text = heading.to_owned();
    // Writing to a string does not fail.
    table::invariants(&mut text, checks, logs).ok();
    stdout().lock().write_all(text.as_bytes()).ok();
}

/// Writes the JSON report.
///
/// # Errors
/// The file cannot be written.
pub fn write(file: &Path, outcome: &Outcome) -> Result<()> {
    write_document(file, &document(outcome))
}

/// Writes a JSON report.
pub(crate) fn write_document(file: &Path, document: &Value) -> Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let text = serde_json::to_string_pretty(document)?;
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

fn document(outcome: &Outcome) -> Value {
    json!({
        "clean": outcome.is_clean(),
        "seed": outcome.seed,
        "duration_s": outcome.duration.as_secs(),
        "quiescent_after_s": outcome.quiescent_after.map(|after| after.as_secs()),
        "still_pending": outcome.still_pending,
        "orders": {
            "total": outcome.orders(),
            "by_outcome": outcome.results.orders,
        },
        "requests": {
            "total": outcome.tally.requests,
            "by_answer": outcome.tally.answers,
        },
        "placed_to_confirmed": {
            "without_faults": outcome.without_faults,
            "with_faults": outcome.results.with_faults,
        },
        "faults": {
            "total": outcome.faults.len(),
            "by_kind": outcome.faults_by_kind(),
            "each": outcome.faults,
        },
        "invariants": outcome.results.checks,
        "logs": outcome.logs,
    })
}

impl fmt::Display for FaultKind {
    /// The name on the command line: `crash_postgres`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        formatter.write_str(value.as_ref().map_or("", PossibleValue::get_name))
    }
}

#[cfg(test)]
mod tests;

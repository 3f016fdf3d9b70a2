use std::{collections::BTreeMap, fmt::Write, path::Path};

use super::Outcome;
use crate::{invariants::Check, latency::Latency, progress::paint};

/// Violations that are printed per invariant; the JSON report has all of them.
const SHOWN: usize = 10;

pub(super) fn render(outcome: &Outcome) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    write_all(&mut text, outcome).ok();
    text
}

fn write_all(text: &mut String, outcome: &Outcome) -> std::fmt::Result {
    let faults = outcome.faults_by_kind();
    let (total, kinds) = (outcome.faults.len(), faults.len());
    let minutes = outcome.duration.as_secs_f64() / 60.0;
    writeln!(text, "\nseed {}, {minutes:.1} minutes", outcome.seed)?;
    writeln!(
        text,
        "\n{}",
        paint("1", &format!("Faults: {total} of {kinds} kinds"))
    )?;
    counts(text, &faults)?;
    let orders = outcome.orders();
    writeln!(
        text,
        "\n{}",
        paint("1", &format!("Orders: {orders} by outcome"))
    )?;
    counts(text, &outcome.results.orders)?;
    let requests = outcome.tally.requests;
    writeln!(
        text,
        "\n{}",
        paint("1", &format!("Requests: {requests} by answer"))
    )?;
    counts(text, &outcome.tally.answers)?;

    writeln!(text, "\n{}", paint("1", "Placed to confirmed"))?;
    latency(text, "without faults", &outcome.without_faults)?;
    latency(text, "with faults", &outcome.results.with_faults)?;

    invariants(text, &outcome.results.checks, &outcome.logs)?;
    match outcome.quiescent_after {
        Some(after) => writeln!(
            text,
            "\nquiescent {} s after clients finished",
            after.as_secs()
        )?,
        None => writeln!(
            text,
            "\n{}: {}",
            paint("1;31", "not quiescent"),
            outcome.still_pending.join(", ")
        )?,
    }
    let end = match outcome.is_clean() {
        true => paint("1;32", "All invariants hold: nothing was lost."),
        false => paint(
            "1;31",
            "Failed: an invariant is violated, or quiescence was not reached.",
        ),
    };
    writeln!(text, "{end}")
}

/// One line per invariant, then the violations.
pub(super) fn invariants(text: &mut String, checks: &[Check], logs: &Path) -> std::fmt::Result {
    writeln!(text, "\n{}{:>31}", paint("1", "Invariants"), "checked")?;
    for check in checks {
        let result = match check.violations.len() {
            0 => paint("32", "ok"),
            1 => paint("1;31", "1 VIOLATION"),
            count => paint("1;31", &format!("{count} VIOLATIONS")),
        };
        writeln!(text, "  {:<30} {:>8}  {result}", check.name, check.checked)?;
    }
    for check in checks.iter().filter(|check| !check.violations.is_empty()) {
        writeln!(text, "\n{} {}", paint("1;31", check.name), check.invariant)?;
        for violation in check.violations.iter().take(SHOWN) {
            writeln!(text, "  - {violation}")?;
        }
        let more = check.violations.len().saturating_sub(SHOWN);
        if more > 0 {
            writeln!(text, "  {more} more in the JSON report")?;
        }
        writeln!(
            text,
            "  search the logs in {} for these ids",
            logs.display()
        )?;
    }
    Ok(())
}

fn counts<K: AsRef<str>>(text: &mut String, counts: &BTreeMap<K, u64>) -> std::fmt::Result {
    for (name, count) in counts {
        writeln!(text, "  {:<30} {count:>8}", name.as_ref())?;
    }
    Ok(())
}

fn latency(text: &mut String, when: &str, latency: &Latency) -> std::fmt::Result {
    let Latency {
        orders,
        p50_ms,
        p99_ms,
    } = latency;
    writeln!(
        text,
        "  {when:<14} p50 {p50_ms:>6} ms   p99 {p99_ms:>7} ms   {orders:>6} orders"
    )
}

use std::{collections::BTreeMap, fmt::Write};

use super::Outcome;
use crate::{latency::Latency, live::paint};

/// Violations of one invariant that are printed; the report has all of them.
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
    let minutes = outcome.harmed.as_secs_f64() / 60.0;
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
    counts(text, &outcome.judgment.orders)?;
    let requests = outcome.tally.requests;
    writeln!(
        text,
        "\n{}",
        paint("1", &format!("Requests: {requests} by answer"))
    )?;
    counts(text, &outcome.tally.answers)?;

    writeln!(text, "\n{}", paint("1", "Placed to confirmed"))?;
    latency(text, "left alone", &outcome.unloaded)?;
    latency(text, "harmed", &outcome.judgment.harmed)?;

    let verdicts = &outcome.judgment.verdicts;
    writeln!(text, "\n{}{:>31}", paint("1", "Invariants"), "checked")?;
    for verdict in verdicts {
        let found = match verdict.violations.len() {
            0 => paint("32", "ok"),
            1 => paint("1;31", "1 VIOLATION"),
            many => paint("1;31", &format!("{many} VIOLATIONS")),
        };
        writeln!(
            text,
            "  {:<30} {:>8}  {found}",
            verdict.name, verdict.checked
        )?;
    }
    for verdict in verdicts
        .iter()
        .filter(|verdict| !verdict.violations.is_empty())
    {
        writeln!(
            text,
            "\n{} {}",
            paint("1;31", verdict.name),
            verdict.invariant
        )?;
        for violation in verdict.violations.iter().take(SHOWN) {
            writeln!(text, "  - {violation}")?;
        }
        let more = verdict.violations.len().saturating_sub(SHOWN);
        if more > 0 {
            writeln!(text, "  and {more} more, in the report")?;
        }
        writeln!(text, "  grep for the ids in {}", outcome.logs.display())?;
    }
    match outcome.quiet_after {
        Some(after) => writeln!(text, "\nquiet {} s after the harm", after.as_secs())?,
        None => writeln!(
            text,
            "\n{}: {}",
            paint("1;31", "never quiet"),
            outcome.never_quiet.join(", ")
        )?,
    }
    let end = match outcome.is_clean() {
        true => paint("1;32", "Nothing was lost."),
        false => paint("1;31", "The promise is broken."),
    };
    writeln!(text, "{end}")
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

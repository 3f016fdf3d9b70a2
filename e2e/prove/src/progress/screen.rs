use std::{
    collections::BTreeMap,
    fmt::{Display, Write},
    io::{IsTerminal, stderr, stdout},
    sync::OnceLock,
};

use tokio::time::Instant;

use super::State;
use crate::history::{Summary, Tally};

/// In the order of an order's lifecycle.
const STATUSES: [&str; 6] = [
    "pending",
    "confirmed",
    "shipped",
    "delivered",
    "rejected",
    "cancelled",
];

/// The lines of the block on a terminal.
pub(super) fn block(state: &State, summary: Option<&Summary>) -> Vec<String> {
    let mut lines = vec![row("phase", &format!("{}{}", state.phase, left(state)))];
    if !state.faults.is_empty() {
        let total: u64 = state.faults.values().sum();
        let active: Vec<_> = state.active_faults.values().map(String::as_str).collect();
        let active = match active.is_empty() {
            true => "none".to_owned(),
            false => paint("33", &active.join(", ")),
        };
        lines.push(row("active", &active));
        lines.push(row(
            "faults",
            &format!("{total}: {}", counts(&state.faults)),
        ));
    }
    if !state.orders.is_empty() {
        lines.push(row("orders", &orders(state)));
    }
    if let Some(summary) = summary {
        lines.push(row("requests", &requests(&summary.tally)));
        lines.push(row("clients", &reported(&summary.tally)));
        lines.push(row("invariants", &samples(summary)));
    }
    lines
}

/// The same in one line, for a log.
pub(super) fn line(state: &State, summary: Option<&Summary>) -> String {
    let elapsed = state
        .began
        .map(|began| began.elapsed().as_secs())
        .unwrap_or_default();
    let mut line = format!("{:>5} s  {}{}", elapsed, state.phase, left(state));
    let faults: u64 = state.faults.values().sum();
    if faults > 0 {
        write!(line, " | {faults} faults").ok();
        let active: Vec<_> = state.active_faults.values().map(String::as_str).collect();
        if !active.is_empty() {
            write!(line, ", active: {}", active.join(", ")).ok();
        }
    }
    if !state.orders.is_empty() {
        write!(line, " | orders {}", orders(state)).ok();
    }
    if let Some(summary) = summary {
        write!(
            line,
            " | {} requests | {}",
            summary.tally.requests,
            samples(summary)
        )
        .ok();
    }
    line
}

/// Turns line wrapping off meanwhile: a wrapped line would break [`State::erase`].
pub(super) fn unwrapped(lines: &[String]) -> String {
    let mut text = "\u{1b}[?7l".to_owned();
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    text.push_str("\u{1b}[?7h");
    text
}

fn row(name: &str, text: &str) -> String {
    format!("{} {text}", paint("1", &format!("{name:>11}")))
}

fn left(state: &State) -> String {
    let left = state
        .until
        .map(|until| until.saturating_duration_since(Instant::now()));
    left.map(|left| format!(", {}:{:02} left", left.as_secs() / 60, left.as_secs() % 60))
        .unwrap_or_default()
}

fn counts<K: Display, V: Display>(counts: &BTreeMap<K, V>) -> String {
    let each: Vec<_> = counts
        .iter()
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    each.join("  ")
}

fn orders(state: &State) -> String {
    let each: Vec<_> = STATUSES
        .into_iter()
        .filter_map(|status| Some(format!("{} {status}", state.orders.get(status)?)))
        .collect();
    let all: i64 = state.orders.values().sum();
    format!("{all}: {}", each.join(", "))
}

fn requests(tally: &Tally) -> String {
    format!("{}: {}", tally.requests, counts(&tally.answers))
}

fn reported(tally: &Tally) -> String {
    format!(
        "accepted {}, confirmed {}, refused {}, refunded {}",
        tally.accepted,
        tally.reached("confirmed"),
        tally.refused,
        tally.refunded
    )
}

fn samples(summary: &Summary) -> String {
    let result = match summary.violations {
        0 => paint("32", "no violations"),
        1 => paint("1;31", "1 VIOLATION"),
        violations => paint("1;31", &format!("{violations} VIOLATIONS")),
    };
    format!("{} samples, {result}", summary.samples)
}

/// Colors `text` when stdout and stderr are terminals, unless `NO_COLOR` is set
/// (<https://no-color.org>).
pub(crate) fn paint(code: &str, text: &str) -> String {
    static COLORED: OnceLock<bool> = OnceLock::new();
    let colored = COLORED.get_or_init(|| {
        let wanted = std::env::var_os("NO_COLOR").is_none();
        wanted && stderr().is_terminal() && stdout().is_terminal()
    });
    match colored {
        true => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{State, Summary, Tally, block, line};

    fn state() -> State {
        let mut state = State {
            phase: "injecting faults".to_owned(),
            ..State::default()
        };
        state.faults.insert("kill".to_owned(), 2);
        state.active_faults.insert(2, "kill order-1".to_owned());
        state.orders.insert("pending".to_owned(), 3);
        state.orders.insert("confirmed".to_owned(), 4);
        state
    }

    fn summary(violations: usize) -> Summary {
        Summary {
            tally: Tally::default(),
            samples: 5,
            violations,
        }
    }

    #[test]
    fn a_log_line_has_all_figures() {
        assert_eq!(
            line(&state(), Some(&summary(0))),
            "    0 s  injecting faults | 2 faults, active: kill order-1 | orders 7: 3 pending, \
             4 confirmed | 0 requests | 5 samples, no violations"
        );
    }

    #[test]
    fn a_terminal_block_has_a_line_per_topic() {
        let lines = block(&state(), Some(&summary(1)));
        assert_eq!(lines.len(), 7);
        assert!(lines.iter().any(|line| line.contains("1 VIOLATION")));
    }
}

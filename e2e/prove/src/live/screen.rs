use std::{
    collections::BTreeMap,
    fmt::{Display, Write},
    io::{IsTerminal, stderr, stdout},
    sync::OnceLock,
};

use tokio::time::Instant;

use super::State;
use crate::witness::Tally;

/// What customers were told, how often it was looked, and what was found.
pub(super) type Heard = (Tally, u64, usize);

/// Statuses in the order of an order's life.
const STATUSES: [&str; 6] = [
    "pending",
    "confirmed",
    "shipped",
    "delivered",
    "rejected",
    "cancelled",
];

/// The lines of the picture on a terminal.
pub(super) fn block(state: &State, heard: Option<&Heard>) -> Vec<String> {
    let mut lines = vec![row("now", &format!("{}{}", state.phase, left(state)))];
    if !state.faults.is_empty() {
        let total: u64 = state.faults.values().sum();
        let breaking: Vec<_> = state.breaking.values().map(String::as_str).collect();
        let breaking = match breaking.is_empty() {
            true => "nothing".to_owned(),
            false => paint("33", &breaking.join(", ")),
        };
        lines.push(row("breaking", &breaking));
        lines.push(row(
            "faults",
            &format!("{total}: {}", counts(&state.faults)),
        ));
    }
    if !state.orders.is_empty() {
        lines.push(row("orders", &orders(state)));
    }
    if let Some(heard) = heard {
        lines.push(row("requests", &requests(&heard.0)));
        lines.push(row("customers", &told(&heard.0)));
        lines.push(row("invariants", &samples(heard)));
    }
    lines
}

/// The same in one line, for a log.
pub(super) fn line(state: &State, heard: Option<&Heard>) -> String {
    let elapsed = state
        .began
        .map(|began| began.elapsed().as_secs())
        .unwrap_or_default();
    let mut line = format!("{:>5} s  {}{}", elapsed, state.phase, left(state));
    let faults: u64 = state.faults.values().sum();
    if faults > 0 {
        write!(line, " | {faults} faults").ok();
        let breaking: Vec<_> = state.breaking.values().map(String::as_str).collect();
        if !breaking.is_empty() {
            write!(line, ", now {}", breaking.join(", ")).ok();
        }
    }
    if !state.orders.is_empty() {
        write!(line, " | orders {}", orders(state)).ok();
    }
    if let Some(heard) = heard {
        write!(
            line,
            " | {} requests | {}",
            heard.0.requests,
            samples(heard)
        )
        .ok();
    }
    line
}

/// Keeps each line on one line of the terminal, however narrow that is.
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

fn told(tally: &Tally) -> String {
    format!(
        "told accepted {}, confirmed {}, refused {}, refunded {}",
        tally.accepted,
        tally.told("confirmed"),
        tally.refused,
        tally.refunded
    )
}

fn samples((_, samples, bad): &Heard) -> String {
    let found = match bad {
        0 => paint("32", "all hold"),
        bad => paint("1;31", &format!("{bad} VIOLATIONS")),
    };
    format!("looked {samples} times, {found}")
}

/// Colors `text` where that can be seen and is wanted (<https://no-color.org>).
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
    use super::{Heard, State, Tally, block, line};

    fn state() -> State {
        let mut state = State {
            phase: "shopping and harm".to_owned(),
            ..State::default()
        };
        state.faults.insert("kill".to_owned(), 2);
        state.breaking.insert(2, "kill order-1".to_owned());
        state.orders.insert("pending".to_owned(), 3);
        state.orders.insert("confirmed".to_owned(), 4);
        state
    }

    #[test]
    fn a_log_gets_one_line_with_everything() {
        let heard: Heard = (Tally::default(), 5, 0);
        assert_eq!(
            line(&state(), Some(&heard)),
            "    0 s  shopping and harm | 2 faults, now kill order-1 | orders 7: 3 pending, \
             4 confirmed | 0 requests | looked 5 times, all hold"
        );
    }

    #[test]
    fn a_terminal_gets_a_line_for_each_thing() {
        let heard: Heard = (Tally::default(), 5, 1);
        let lines = block(&state(), Some(&heard));
        assert_eq!(lines.len(), 7);
        assert!(lines.iter().any(|line| line.contains("1 VIOLATIONS")));
    }
}

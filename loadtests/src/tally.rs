use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Different things that are counted at most; the rest is counted together.
const KINDS: usize = 50;

/// Counts of things by their name.
pub(crate) type Counts = BTreeMap<String, u64>;

/// What happened besides requests: Goose counts those.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    orders: Mutex<Counts>,
    problems: Mutex<Counts>,
    notes: Mutex<Counts>,
}

impl Tally {
    /// Something became of an order.
    pub(crate) fn order(&self, what: &str) {
        add(&self.orders, what);
    }

    /// The shop said no, by the name of its problem.
    pub(crate) fn problem(&self, what: &str) {
        add(&self.problems, what);
    }

    /// Something else worth a line.
    pub(crate) fn note(&self, what: &str) {
        add(&self.notes, what);
    }

    pub(crate) fn orders(&self) -> Counts {
        copy(&self.orders)
    }

    pub(crate) fn problems(&self) -> Counts {
        copy(&self.problems)
    }

    pub(crate) fn notes(&self) -> Counts {
        copy(&self.notes)
    }
}

fn add(counts: &Mutex<Counts>, what: &str) {
    let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    let what = match counts.len() < KINDS || counts.contains_key(what) {
        true if !what.is_empty() => what,
        _ => "something else",
    };
    *counts.entry(what.to_owned()).or_default() += 1;
}

fn copy(counts: &Mutex<Counts>) -> Counts {
    let counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    counts.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_bounded() {
        let tally = Tally::default();
        for number in 0..1_000 {
            tally.problem(&format!("problem {number}"));
        }
        tally.problem("problem 0");
        let problems = tally.problems();
        assert!(problems.len() <= KINDS + 1);
        assert_eq!(problems.get("problem 0"), Some(&2));
        assert_eq!(problems.values().sum::<u64>(), 1_001);
    }
}

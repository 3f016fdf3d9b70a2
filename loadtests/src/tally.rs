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
    errors: Mutex<Counts>,
    notes: Mutex<Counts>,
}

impl Tally {
    /// Something became of an order.
    pub(crate) fn order(&self, what: &str) {
        add(&self.orders, what);
    }

    /// A request failed: which, and why.
    pub(crate) fn error(&self, what: &str) {
        add(&self.errors, what);
    }

    /// Something else worth a line.
    pub(crate) fn note(&self, what: &str) {
        add(&self.notes, what);
    }

    pub(crate) fn orders(&self) -> Counts {
        copy(&self.orders)
    }

    pub(crate) fn errors(&self) -> Counts {
        copy(&self.errors)
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
            tally.error(&format!("error {number}"));
        }
        tally.error("error 0");
        let errors = tally.errors();
        assert!(errors.len() <= KINDS + 1);
        assert_eq!(errors.get("error 0"), Some(&2));
        assert_eq!(errors.values().sum::<u64>(), 1_001);
    }
}

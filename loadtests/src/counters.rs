use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Most names of one counter; the rest is counted as one.
const MAX_NAMES: usize = 50;

/// Counts by name.
pub(crate) type Counts = BTreeMap<String, u64>;

/// Counters for what Goose does not count.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    orders: Mutex<Counts>,
    errors: Mutex<Counts>,
    other: Mutex<Counts>,
}

impl Counters {
    /// Counts an order by its outcome.
    pub(crate) fn order(&self, outcome: &str) {
        add(&self.orders, outcome);
    }

    /// Counts a failed request by its row in the report and the reason.
    pub(crate) fn error(&self, name: &str) {
        add(&self.errors, name);
    }

    pub(crate) fn other(&self, name: &str) {
        add(&self.other, name);
    }

    pub(crate) fn orders(&self) -> Counts {
        copy(&self.orders)
    }

    pub(crate) fn errors(&self) -> Counts {
        copy(&self.errors)
    }

    pub(crate) fn others(&self) -> Counts {
        copy(&self.other)
    }
}

fn add(counts: &Mutex<Counts>, name: &str) {
    let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    let name = match counts.len() < MAX_NAMES || counts.contains_key(name) {
        true if !name.is_empty() => name,
        _ => "other",
    };
    *counts.entry(name.to_owned()).or_default() += 1;
}

fn copy(counts: &Mutex<Counts>) -> Counts {
    let counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    counts.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_names_is_bounded() {
        let counters = Counters::default();
        for number in 0..1_000 {
            counters.error(&format!("error {number}"));
        }
        counters.error("error 0");
        let errors = counters.errors();
        assert!(errors.len() <= MAX_NAMES + 1);
        assert_eq!(errors.get("error 0"), Some(&2));
        assert_eq!(errors.values().sum::<u64>(), 1_001);
    }
}

use std::sync::{Mutex, PoisonError};

use rand::{RngExt, SeedableRng, rngs::StdRng};

/// A seeded generator of decisions: the same seed gives the same decisions.
#[derive(Debug)]
pub(super) struct Rng(Mutex<StdRng>);

impl Rng {
    pub(super) fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }

    /// True with a probability of `chance` percent.
    pub(super) fn percent(&self, chance: u32) -> bool {
        self.between(0, 99) < i64::from(chance)
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&self, low: i64, high: i64) -> i64 {
        let mut random = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        random.random_range(low..=high.max(low))
    }

    /// A duration from `low_ms` to `high_ms`, both included.
    pub(super) fn pause(&self, low_ms: u32, high_ms: u32) -> std::time::Duration {
        let millis = self.between(i64::from(low_ms), i64::from(high_ms));
        std::time::Duration::from_millis(millis.unsigned_abs())
    }

    /// An item of the slice; `None` when it is empty.
    pub(super) fn pick<'a, T>(&self, of: &'a [T]) -> Option<&'a T> {
        let last = i64::try_from(of.len()).ok()? - 1;
        of.get(usize::try_from(self.between(0, last)).ok()?)
    }
}

/// A seed for client `number`, from the seed of the run.
pub(super) fn derive_seed(seed: u64, number: usize) -> u64 {
    let number = u64::try_from(number).unwrap_or_default();
    seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

#[cfg(test)]
mod tests {
    use super::{Rng, derive_seed};

    #[test]
    fn the_seed_determines_the_decisions() {
        let draws = |seed| {
            let rng = Rng::new(seed);
            (0..20).map(|_| rng.between(1, 6)).collect::<Vec<_>>()
        };
        assert_eq!(draws(7), draws(7));
        assert_ne!(draws(7), draws(derive_seed(7, 0)));
    }
}

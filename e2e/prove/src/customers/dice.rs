use std::sync::{Mutex, PoisonError};

use rand::{RngExt, SeedableRng, rngs::StdRng};

/// What somebody decides: the same seed, the same decisions.
#[derive(Debug)]
pub(super) struct Dice(Mutex<StdRng>);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }

    /// True in so many cases of a hundred.
    pub(super) fn percent(&self, chance: u32) -> bool {
        self.between(0, 99) < i64::from(chance)
    }

    /// A number, both ends included.
    pub(super) fn between(&self, low: i64, high: i64) -> i64 {
        let mut random = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        random.random_range(low..=high.max(low))
    }

    /// A pause of so many milliseconds.
    pub(super) fn pause(&self, low: u32, high: u32) -> std::time::Duration {
        let millis = self.between(i64::from(low), i64::from(high));
        std::time::Duration::from_millis(millis.unsigned_abs())
    }

    /// One of them; a slice without any has none.
    pub(super) fn pick<'a, T>(&self, of: &'a [T]) -> Option<&'a T> {
        let last = i64::try_from(of.len()).ok()? - 1;
        of.get(usize::try_from(self.between(0, last)).ok()?)
    }
}

/// A seed of somebody's own.
pub(super) fn mix(seed: u64, number: usize) -> u64 {
    let number = u64::try_from(number).unwrap_or_default();
    seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

#[cfg(test)]
mod tests {
    use super::{Dice, mix};

    #[test]
    fn the_same_seed_decides_the_same() {
        let throws = |seed| {
            let dice = Dice::new(seed);
            (0..20).map(|_| dice.between(1, 6)).collect::<Vec<_>>()
        };
        assert_eq!(throws(7), throws(7));
        assert_ne!(throws(7), throws(mix(7, 0)));
    }
}

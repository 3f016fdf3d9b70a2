use rand::{RngExt, SeedableRng, rngs::StdRng};

/// What a person decides: the same seed and number, the same decisions.
#[derive(Debug)]
pub(crate) struct Dice(StdRng);

impl Dice {
    pub(crate) fn new(seed: u64, person: u64) -> Self {
        let own = person.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self(StdRng::seed_from_u64(seed.wrapping_add(own)))
    }

    /// A number from 0, below `end`; 0 when that is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0.random_range(0..end.max(1))
    }

    /// True in so many cases of a hundred.
    pub(crate) fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    /// One of them; `None` where there are none.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }
}

use rand::{RngExt, SeedableRng, rngs::StdRng};

/// The decisions of one user: the same for the same seed and user number.
#[derive(Debug)]
pub(crate) struct Rng(StdRng);

impl Rng {
    pub(crate) fn new(seed: u64, user: u64) -> Self {
        let own = user.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self(StdRng::seed_from_u64(seed.wrapping_add(own)))
    }

    /// A number from 0 to `end` - 1; 0 if `end` is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0.random_range(0..end.max(1))
    }

    /// True with a probability of `chance` percent.
    pub(crate) fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    /// One of the items; `None` if there are none.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }
}

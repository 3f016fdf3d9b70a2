/// A SplitMix64 generator. Its position is stored with the faults, so that a restart continues the
/// sequence.
pub(super) struct Rng<'a> {
    seed: u64,
    drawn: &'a mut u64,
}

impl<'a> Rng<'a> {
    pub(super) fn new(seed: u64, drawn: &'a mut u64) -> Self {
        Self { seed, drawn }
    }

    /// From 0 (inclusive) to 1 (exclusive).
    pub(super) fn fraction(&mut self) -> f64 {
        f64::from(self.bits()) / (f64::from(u32::MAX) + 1.0)
    }

    /// From 0 to `end` - 1.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        self.bits() % end
    }

    /// The upper half of the next SplitMix64 output.
    fn bits(&mut self) -> u32 {
        *self.drawn = self.drawn.wrapping_add(1);
        let mut mixed = self
            .seed
            .wrapping_add(self.drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        u32::try_from(mixed >> 32).unwrap_or_default()
    }
}

//! Lots that fall the same for the same seed.

/// Draws lots; how many were drawn is remembered, so that a restart goes on where it was.
pub(super) struct Lots<'a> {
    seed: u64,
    drawn: &'a mut u64,
}

impl<'a> Lots<'a> {
    pub(super) fn new(seed: u64, drawn: &'a mut u64) -> Self {
        Self { seed, drawn }
    }

    /// From 0 to just under 1.
    pub(super) fn draw(&mut self) -> f64 {
        f64::from(self.bits()) / (f64::from(u32::MAX) + 1.0)
    }

    /// From 0 to `sides` - 1.
    pub(super) fn pick(&mut self, sides: u32) -> u32 {
        self.bits() % sides
    }

    /// SplitMix64 over seed and count; the upper half of it.
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

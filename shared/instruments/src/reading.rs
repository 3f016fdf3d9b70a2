use std::time::Duration;

/// What a gauge can be set to. Counts above 2^53 lose their last digits.
pub trait Reading {
    /// The value in the gauge's base unit.
    fn value(self) -> f64;
}

impl Reading for f64 {
    fn value(self) -> f64 {
        self
    }
}

impl Reading for bool {
    /// 1 or 0.
    fn value(self) -> f64 {
        f64::from(u8::from(self))
    }
}

impl Reading for Duration {
    /// Seconds.
    fn value(self) -> f64 {
        self.as_secs_f64()
    }
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl Reading for $integer {
            #[expect(clippy::as_conversions, reason = "every digit that a sample can hold")]
            fn value(self) -> f64 {
                self as f64
            }
        }
    )*};
}

integers!(u32, u64, usize, i32, i64);

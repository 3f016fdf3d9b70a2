use std::time::Duration;

/// A value that a metric can be set to. Integers above 2^53 lose precision.
pub trait Reading {
    /// The value in the base unit.
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
            #[expect(clippy::as_conversions, reason = "a sample is an f64")]
            fn value(self) -> f64 {
                self as f64
            }
        }
    )*};
}

integers!(u32, u64, usize, i32, i64);

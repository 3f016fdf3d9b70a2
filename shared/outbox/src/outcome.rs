use messaging::Settled;

/// How a delivery was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Handled,
    Duplicate,
    Retried,
    Dead,
    Returned,
}

impl From<Settled> for Outcome {
    fn from(settled: Settled) -> Self {
        match settled {
            Settled::Retried => Self::Retried,
            Settled::Dead => Self::Dead,
            Settled::Returned => Self::Returned,
        }
    }
}

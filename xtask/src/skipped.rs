//! A check that cannot be made on this machine.

use std::fmt;

/// What a step says that cannot be made on this machine: seen in the summary, and no failure.
#[derive(Debug)]
pub(crate) struct Skipped(pub(crate) String);

impl fmt::Display for Skipped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SKIPPED: {}", self.0)
    }
}

impl std::error::Error for Skipped {}

//! A check that cannot run on this machine.

use std::fmt;

/// The exit status of a check in a process of its own that cannot run on this machine; Automake uses the same.
pub const EXIT_SKIPPED: u8 = 77;

/// The error of a step that cannot run on this machine. The summary of `cargo xtask ci` shows it; it is not a failure.
#[derive(Debug)]
pub(crate) struct Skipped(pub(crate) String);

impl fmt::Display for Skipped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SKIPPED: {}", self.0)
    }
}

impl std::error::Error for Skipped {}

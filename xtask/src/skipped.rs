use std::fmt;

/// Exit status of a check program that cannot run on this machine, as in Automake.
pub const EXIT_SKIPPED: u8 = 77;

/// The error of a step that cannot run on this machine. `cargo xtask ci` shows it and does not count it as a failure.
#[derive(Debug)]
pub(crate) struct Skipped(pub(crate) String);

impl fmt::Display for Skipped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SKIPPED: {}", self.0)
    }
}

impl std::error::Error for Skipped {}

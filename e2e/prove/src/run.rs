//! A run from start to end.

use std::process::ExitCode;

use crate::Options;

pub(crate) fn main(_options: Options) -> ExitCode {
    ExitCode::FAILURE
}

//! Decides, before anything is built or started, whether the servers run in Docker or from the system's binaries.

use anyhow::Result;
use clap::ValueEnum;

use super::{docker, install};

/// Where the servers may come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Source {
    /// Docker if it is available, else the system's binaries
    #[default]
    Auto,
    /// Only Docker
    Docker,
    /// Only the system's binaries
    System,
}

/// Where the servers of a run come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Docker,
    System,
}

impl Origin {
    /// The option that allows only this origin.
    pub(crate) fn source(self) -> Source {
        match self {
            Self::Docker => Source::Docker,
            Self::System => Source::System,
        }
    }
}

/// Decides, and installs what is missing if the person agrees. Called before a build, which a question must not wait for.
///
/// # Errors
/// There are no servers. The error says what to run.
pub(crate) fn choose(source: Source) -> Result<Origin> {
    match source {
        Source::Docker => docker::ready().map(|()| Origin::Docker),
        Source::Auto if docker::ready().is_ok() => Ok(Origin::Docker),
        Source::Auto | Source::System => install::provide().map(|()| Origin::System),
    }
}

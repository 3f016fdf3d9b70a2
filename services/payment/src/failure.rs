//! What keeps a message or an answer from taking effect.

use crate::domain;

/// Why a command or an answer was not applied. Nothing of it remains.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] domain::Error),
    /// The database did not do its part.
    #[error("the database failed")]
    Database(#[from] persistence::Error),
}

//! What keeps a request from its answer.

use crate::domain;

/// Why a request got no answer: a refusal that the caller is told, or trouble that stays here.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The rules say no.
    #[error(transparent)]
    Refused(#[from] domain::Error),
    /// The database did not do its part.
    #[error("the database failed")]
    Database(#[from] persistence::Error),
}

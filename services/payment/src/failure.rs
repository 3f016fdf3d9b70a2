use crate::domain;

/// Why a command, or an answer of the provider, was not applied. Its transaction writes nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The domain refused it.
    #[error(transparent)]
    Refused(#[from] domain::Error),
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] persistence::Error),
}

//! Why a request fails.

use crate::domain;

/// Why a request fails: a refusal, which the caller sees, or a failure, whose details are only logged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A rule rejects the request.
    #[error(transparent)]
    Refused(#[from] domain::Error),
    /// A statement or a transaction failed.
    #[error("the database failed")]
    Database(#[from] persistence::Error),
    /// The call to the catalog failed.
    #[error("the catalog failed")]
    Catalog(#[source] Box<tonic::Status>),
    /// The catalog's answer breaks the contract.
    #[error("the catalog's answer cannot be read: {0}")]
    CatalogAnswer(String),
}

impl From<kernel::Violations> for Failure {
    fn from(violations: kernel::Violations) -> Self {
        Self::Refused(violations.into())
    }
}

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
    /// The catalog did not answer, or refused to.
    #[error("the catalog failed")]
    Catalog(#[source] Box<tonic::Status>),
    /// The catalog answered something that is not in the contract.
    #[error("the catalog's answer can not be read: {0}")]
    CatalogAnswer(String),
}

impl From<kernel::Violations> for Failure {
    fn from(violations: kernel::Violations) -> Self {
        Self::Refused(violations.into())
    }
}

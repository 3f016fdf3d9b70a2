use crate::domain;

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The domain refused it; the caller gets the reason.
    #[error(transparent)]
    Refused(#[from] domain::Error),
    /// The database failed; the caller gets no details.
    #[error("the database failed")]
    Database(#[from] persistence::Error),
}

impl From<idempotency::Error> for Failure {
    fn from(error: idempotency::Error) -> Self {
        match error {
            idempotency::Error::KeyReused => Self::Refused(domain::Error::KeyReused),
            idempotency::Error::Database(error) => Self::Database(error),
        }
    }
}

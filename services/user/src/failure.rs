//! Why a request fails.

use uuid::Uuid;

use crate::domain;

/// A rejection, which the caller receives, or an internal failure, which is only logged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A rule of the domain rejects the request.
    #[error(transparent)]
    Refused(#[from] domain::Error),
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] persistence::Error),
    /// No signing key can be used.
    #[error("no signing key can be used")]
    SigningKey(#[from] SigningKeyError),
    /// A password cannot be hashed, or a stored hash cannot be parsed: a bug or a corrupt row.
    #[error("password hashing failed")]
    Hashing(#[source] argon2::password_hash::Error),
    /// The hashing thread panicked or was canceled.
    #[error("password hashing was interrupted")]
    Interrupted(#[from] tokio::task::JoinError),
}

impl From<idempotency::Error> for Failure {
    fn from(error: idempotency::Error) -> Self {
        match error {
            idempotency::Error::KeyReused => Self::Refused(domain::Error::KeyReused),
            idempotency::Error::Database(error) => Self::Database(error),
        }
    }
}

/// Why no signing key, or no other secret of the database, can be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SigningKeyError {
    /// The random source or the cipher failed.
    #[error("cryptography failed")]
    Crypto,
    /// A row was encrypted with another `signing_keys.encryption_key`, or is corrupt.
    #[error("the secret {0} cannot be decrypted with signing_keys.encryption_key")]
    Encrypted(Uuid),
    /// The table is empty: the key was deleted after it was created.
    #[error("there is no signing key")]
    NoKey,
}

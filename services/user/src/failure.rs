//! What keeps a request from its answer.

use uuid::Uuid;

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
    /// There is no key to sign with.
    #[error("no signing key can be used")]
    SigningKey(#[from] SigningKeyError),
    /// A password could not be hashed, or a stored hash not be read: a bug or a damaged row.
    #[error("password hashing failed")]
    Hashing(#[source] argon2::password_hash::Error),
    /// The thread that hashed was lost.
    #[error("password hashing was interrupted")]
    Interrupted(#[from] tokio::task::JoinError),
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SigningKeyError {
    /// The random source or the cipher failed.
    #[error("cryptography failed")]
    Crypto,
    /// A row cannot be decrypted: it was encrypted with another `signing_keys.encryption_key`, or damaged.
    #[error("the signing key {0} cannot be opened with signing_keys.encryption_key")]
    Encrypted(Uuid),
    /// The table is empty, right after the key was made: somebody deleted it.
    #[error("there is no signing key")]
    NoKey,
}

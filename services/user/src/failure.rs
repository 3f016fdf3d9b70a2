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
    /// There is no key to sign with.
    #[error("no signing key can be used")]
    SigningKey(#[from] crate::keyring::KeyringError),
    /// A password could not be hashed, or a stored hash not be read: a bug or a damaged row.
    #[error("password hashing failed")]
    Hashing(#[source] argon2::password_hash::Error),
    /// The thread that hashed was lost.
    #[error("password hashing was interrupted")]
    Interrupted(#[from] tokio::task::JoinError),
}

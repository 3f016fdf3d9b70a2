use std::sync::Arc;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use chrono::{DateTime, Utc};
use jsonwebtoken::EncodingKey;
use uuid::Uuid;

use crate::app::encryption::Encryption;
use crate::domain::KeyTimes;
use crate::failure::SigningKeyError;
use crate::store::SigningKeyRow;

/// A decrypted signing key. Cheap to clone. No `Debug`, because it holds the private key.
#[derive(Clone)]
pub(crate) struct SigningKey {
    times: KeyTimes,
    public: Arc<[u8]>,
    private: EncodingKey,
}

/// A new key, encrypted for the database. The schedule sets when it becomes active.
pub(super) fn generate(
    encryption: &Encryption,
    now: DateTime<Utc>,
) -> Result<SigningKeyRow, SigningKeyError> {
    let pair = Ed25519KeyPair::generate().map_err(|_| SigningKeyError::Crypto)?;
    let document = pair.to_pkcs8v1().map_err(|_| SigningKeyError::Crypto)?;
    let kid = Uuid::now_v7();
    Ok(SigningKeyRow {
        kid,
        public_key: pair.public_key().as_ref().to_vec(),
        sealed_private_key: encryption.encrypt(kid, document.as_ref().to_vec())?,
        created_at: now,
        activates_at: now,
    })
}

impl SigningKey {
    /// # Errors
    /// `Encrypted`.
    pub(super) fn open(
        row: &SigningKeyRow,
        encryption: &Encryption,
    ) -> Result<Self, SigningKeyError> {
        let pkcs8 = encryption.decrypt(row.kid, &row.sealed_private_key)?;
        Ok(Self {
            times: row.times(),
            public: row.public_key.as_slice().into(),
            private: EncodingKey::from_ed_der(&pkcs8),
        })
    }

    pub(crate) fn kid(&self) -> Uuid {
        self.times.kid
    }

    pub(crate) fn times(&self) -> KeyTimes {
        self.times
    }

    pub(crate) fn public(&self) -> &[u8] {
        &self.public
    }

    pub(crate) fn private(&self) -> &EncodingKey {
        &self.private
    }
}

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::failure::SigningKeyError;

const KEY_LEN: usize = 32;

/// What is encrypted. Each has a key of its own, derived from the same secret.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    SigningKeys,
    SecondFactors,
}

impl Purpose {
    /// HKDF info: separates this use of the secret from any other.
    const fn info(self) -> &'static [u8] {
        match self {
            Self::SigningKeys => b"mercantile user signing keys v1",
            Self::SecondFactors => b"mercantile user second factors v1",
        }
    }
}

/// Encrypts secrets for the database with AES-256-GCM. The id of the row is associated data, so an
/// encrypted secret is only valid in its row.
pub(super) struct Encryption(RandomizedNonceKey);

struct KeyLength;

impl KeyType for KeyLength {
    fn len(&self) -> usize {
        KEY_LEN
    }
}

impl Encryption {
    /// Derives the key from a secret of any length, with HKDF-SHA-256.
    pub(super) fn new(secret: &SecretString, purpose: Purpose) -> Result<Self, SigningKeyError> {
        let mut key = [0; KEY_LEN];
        Salt::new(HKDF_SHA256, &[])
            .extract(secret.expose_secret().as_bytes())
            .expand(&[purpose.info()], KeyLength)
            .and_then(|material| material.fill(&mut key))
            .and_then(|()| RandomizedNonceKey::new(&AES_256_GCM, &key))
            .map(Self)
            .map_err(|_| SigningKeyError::Crypto)
    }

    /// Returns nonce, ciphertext and tag.
    pub(super) fn encrypt(&self, id: Uuid, mut plain: Vec<u8>) -> Result<Vec<u8>, SigningKeyError> {
        let nonce = self
            .0
            .seal_in_place_append_tag(Aad::from(id.as_bytes()), &mut plain)
            .map_err(|_| SigningKeyError::Crypto)?;
        let mut encrypted = nonce.as_ref().to_vec();
        encrypted.append(&mut plain);
        Ok(encrypted)
    }

    /// # Errors
    /// `Encrypted`: another secret, another row, or modified bytes.
    pub(super) fn decrypt(&self, id: Uuid, encrypted: &[u8]) -> Result<Vec<u8>, SigningKeyError> {
        let decrypted = encrypted
            .split_at_checked(NONCE_LEN)
            .and_then(|(nonce, rest)| {
                let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
                let mut rest = rest.to_vec();
                let plain = self
                    .0
                    .open_in_place(nonce, Aad::from(id.as_bytes()), &mut rest);
                Some(plain.ok()?.to_vec())
            });
        decrypted.ok_or(SigningKeyError::Encrypted(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encryption_with(secret: &str) -> Encryption {
        Encryption::new(&secret.into(), Purpose::SigningKeys).unwrap()
    }

    #[test]
    fn the_same_secret_decrypts_what_it_encrypted() {
        let kid = Uuid::now_v7();
        let encrypted = encryption_with("one")
            .encrypt(kid, b"private".to_vec())
            .unwrap();
        assert!(!encrypted.windows(7).any(|window| window == b"private"));
        assert_eq!(
            encryption_with("one").decrypt(kid, &encrypted).unwrap(),
            b"private"
        );
    }

    #[test]
    fn another_purpose_has_another_key() {
        let id = Uuid::now_v7();
        let encrypted = encryption_with("one")
            .encrypt(id, b"secret".to_vec())
            .unwrap();
        let other = Encryption::new(&"one".into(), Purpose::SecondFactors).unwrap();
        assert!(other.decrypt(id, &encrypted).is_err());
    }

    #[test]
    fn another_secret_another_key_id_or_modified_bytes_fail_to_decrypt() {
        let kid = Uuid::now_v7();
        let mut encrypted = encryption_with("one")
            .encrypt(kid, b"private".to_vec())
            .unwrap();
        assert!(encryption_with("two").decrypt(kid, &encrypted).is_err());
        assert!(
            encryption_with("one")
                .decrypt(Uuid::now_v7(), &encrypted)
                .is_err()
        );
        assert!(
            encryption_with("one")
                .decrypt(kid, &encrypted[..5])
                .is_err()
        );
        *encrypted.last_mut().unwrap() ^= 1;
        assert!(encryption_with("one").decrypt(kid, &encrypted).is_err());
    }
}

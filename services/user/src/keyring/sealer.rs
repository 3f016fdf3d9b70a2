use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::KeyringError;

/// Tells this use of the configured secret from any other.
const PURPOSE: &[u8] = b"mercantile user signing keys v1";
const KEY_LEN: usize = 32;

/// Seals private keys for the database: AES-256-GCM, with the key id as associated data, so that a
/// sealed key cannot be moved to another row.
pub(super) struct Sealer(RandomizedNonceKey);

struct KeyLength;

impl KeyType for KeyLength {
    fn len(&self) -> usize {
        KEY_LEN
    }
}

impl Sealer {
    /// Derives the key from the configured text, which may have any length (HKDF-SHA-256).
    pub(super) fn new(secret: &SecretString) -> Result<Self, KeyringError> {
        let mut key = [0; KEY_LEN];
        Salt::new(HKDF_SHA256, &[])
            .extract(secret.expose_secret().as_bytes())
            .expand(&[PURPOSE], KeyLength)
            .and_then(|material| material.fill(&mut key))
            .and_then(|()| RandomizedNonceKey::new(&AES_256_GCM, &key))
            .map(Self)
            .map_err(|_| KeyringError::Crypto)
    }

    /// Nonce, ciphertext and tag.
    pub(super) fn seal(&self, kid: Uuid, mut plain: Vec<u8>) -> Result<Vec<u8>, KeyringError> {
        let nonce = self
            .0
            .seal_in_place_append_tag(Aad::from(kid.as_bytes()), &mut plain)
            .map_err(|_| KeyringError::Crypto)?;
        let mut sealed = nonce.as_ref().to_vec();
        sealed.append(&mut plain);
        Ok(sealed)
    }

    /// # Errors
    /// `Sealed`: another secret, another key id, or changed bytes.
    pub(super) fn open(&self, kid: Uuid, sealed: &[u8]) -> Result<Vec<u8>, KeyringError> {
        let opened = sealed
            .split_at_checked(NONCE_LEN)
            .and_then(|(nonce, rest)| {
                let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
                let mut rest = rest.to_vec();
                let plain = self
                    .0
                    .open_in_place(nonce, Aad::from(kid.as_bytes()), &mut rest);
                Some(plain.ok()?.to_vec())
            });
        opened.ok_or(KeyringError::Sealed(kid))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer(secret: &str) -> Sealer {
        Sealer::new(&secret.into()).unwrap()
    }

    #[test]
    fn what_was_sealed_is_opened_by_the_same_secret() {
        let kid = Uuid::now_v7();
        let sealed = sealer("one").seal(kid, b"private".to_vec()).unwrap();
        assert!(!sealed.windows(7).any(|window| window == b"private"));
        assert_eq!(sealer("one").open(kid, &sealed).unwrap(), b"private");
    }

    #[test]
    fn another_secret_another_row_or_changed_bytes_open_nothing() {
        let kid = Uuid::now_v7();
        let mut sealed = sealer("one").seal(kid, b"private".to_vec()).unwrap();
        assert!(sealer("two").open(kid, &sealed).is_err());
        assert!(sealer("one").open(Uuid::now_v7(), &sealed).is_err());
        assert!(sealer("one").open(kid, &sealed[..5]).is_err());
        *sealed.last_mut().unwrap() ^= 1;
        assert!(sealer("one").open(kid, &sealed).is_err());
    }
}

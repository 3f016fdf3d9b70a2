use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// An Ed25519 key that signs whatever claims a test wants. A test gives the public half to a shop, or not.
pub struct TokenKey {
    kid: String,
    pair: Ed25519KeyPair,
}

impl TokenKey {
    /// A new key.
    ///
    /// # Panics
    /// There is no randomness.
    pub fn generate() -> Self {
        Self {
            kid: uuid::Uuid::now_v7().to_string(),
            pair: Ed25519KeyPair::generate().expect("randomness"),
        }
    }

    /// An existing key.
    ///
    /// # Panics
    /// It is no Ed25519 key in PKCS #8 form.
    pub fn from_pkcs8(kid: String, pkcs8: &[u8]) -> Self {
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).expect("an Ed25519 key");
        Self { kid, pair }
    }

    /// Its id, a UUID.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// Its public half, 32 bytes.
    pub fn public_key(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    /// A token with these claims, signed as `user` signs.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_with_header(&self.header(), claims)
    }

    /// The header of its tokens.
    pub fn header(&self) -> Value {
        json!({"alg": "EdDSA", "typ": "JWT", "kid": self.kid})
    }

    /// A token with this header and these claims, and a correct signature.
    pub fn sign_with_header(&self, header: &Value, claims: &Value) -> String {
        token(header, claims, |text| {
            self.pair.sign(text).as_ref().to_vec()
        })
    }
}

/// A token in compact form (RFC 7515, section 7.1), with the signature that `sign` makes of its first two parts.
pub fn token(header: &Value, claims: &Value, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(header), part(claims));
    let signature = BASE64_URL_SAFE_NO_PAD.encode(sign(text.as_bytes()));
    format!("{text}.{signature}")
}

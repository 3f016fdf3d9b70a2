//! The two tokens of a session: refresh tokens and access tokens.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chassis::auth::Claims;
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{Algorithm, Header};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::signing_keys::SigningKey;
use crate::domain::{Role, User};
use crate::failure::{Failure, SigningKeyError};

const REFRESH_TOKEN_BYTES: usize = 32;

/// An opaque refresh token: 256 random bits as base64url. No `Debug`, because it is a secret.
pub(crate) struct RefreshToken {
    text: SecretString,
    hash: [u8; 32],
}

impl RefreshToken {
    /// # Errors
    /// The random source failed.
    pub(crate) fn generate() -> Result<Self, Failure> {
        let mut bytes = [0; REFRESH_TOKEN_BYTES];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| SigningKeyError::Crypto)?;
        Ok(Self {
            text: BASE64_URL_SAFE_NO_PAD.encode(bytes).into(),
            hash: Sha256::digest(bytes).into(),
        })
    }

    /// The SHA-256 that the database stores.
    pub(crate) fn hash(&self) -> [u8; 32] {
        self.hash
    }

    pub(crate) fn into_secret(self) -> SecretString {
        self.text
    }
}

/// The hash of a refresh token from a request; `None` if it is malformed.
pub(crate) fn hash_of(token: &str) -> Option<[u8; 32]> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    (bytes.len() == REFRESH_TOKEN_BYTES).then(|| Sha256::digest(&bytes).into())
}

/// Issues access tokens.
#[derive(Debug, Clone)]
pub(crate) struct AccessTokens {
    pub(crate) issuer: String,
    pub(crate) audience: String,
    pub(crate) lifetime: Duration,
}

impl AccessTokens {
    /// Signs an access token; returns it with its expiry.
    pub(crate) fn sign(
        &self,
        key: &SigningKey,
        user: &User,
        session: Uuid,
        now: DateTime<Utc>,
    ) -> Result<(SecretString, DateTime<Utc>), Failure> {
        let expires_at = now + self.lifetime;
        let claims = Claims {
            sub: user.id,
            role: role(user.role),
            sid: session,
            iat: now.timestamp(),
            exp: expires_at.timestamp(),
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(key.kid().to_string());
        let token = jsonwebtoken::encode(&header, &claims, key.private())
            .map_err(|_| SigningKeyError::Crypto)?;
        Ok((token.into(), expires_at))
    }
}

const fn role(role: Role) -> chassis::auth::Role {
    match role {
        Role::Customer => chassis::auth::Role::Customer,
        Role::Staff => chassis::auth::Role::Staff,
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn refresh_tokens_have_256_bits_and_differ() {
        let token = RefreshToken::generate().unwrap();
        let hash = token.hash();
        assert_ne!(hash, RefreshToken::generate().unwrap().hash());
        let text = token.into_secret();
        assert_eq!(text.expose_secret().len(), 43);
        assert_eq!(hash_of(text.expose_secret()), Some(hash));
    }

    #[test]
    fn a_malformed_token_has_no_hash() {
        for text in [
            "",
            "x",
            "not base64url !",
            &"A".repeat(42),
            &"A".repeat(10_000),
        ] {
            assert_eq!(hash_of(text), None, "{text:.10}");
        }
    }
}

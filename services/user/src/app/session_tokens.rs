//! The two tokens of a session: refresh tokens and access tokens.

use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::hmac::{self, HMAC_SHA256};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chassis::auth::{Claims, MULTI_FACTOR, PASSWORD};
use chrono::{DateTime, Duration, Utc};
use jsonwebtoken::{Algorithm, Header};
use kernel::Groups;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::signing_keys::SigningKey;
use crate::domain::{Role, User};
use crate::failure::{Failure, SigningKeyError};

const REFRESH_TOKEN_BYTES: usize = 32;
/// HKDF info: separates this use of the secret from the encryption of signing keys.
const SUCCESSION: &[u8] = b"mercantile user refresh tokens v1";

/// An opaque refresh token: 256 bits as base64url. No `Debug`, because it is a secret.
pub(crate) struct RefreshToken {
    text: SecretString,
    hash: [u8; 32],
}

impl RefreshToken {
    /// The first token of a session: random bits.
    ///
    /// # Errors
    /// The random source failed.
    pub(crate) fn generate() -> Result<Self, Failure> {
        let mut bytes = [0; REFRESH_TOKEN_BYTES];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| SigningKeyError::Crypto)?;
        Ok(Self::new(&bytes))
    }

    /// A token from a request; `None` if it is malformed.
    pub(crate) fn parse(text: &SecretString) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.expose_secret()).ok()?;
        (bytes.len() == REFRESH_TOKEN_BYTES).then(|| Self::new(&bytes))
    }

    fn new(bytes: &[u8]) -> Self {
        Self {
            text: BASE64_URL_SAFE_NO_PAD.encode(bytes).into(),
            hash: Sha256::digest(bytes).into(),
        }
    }

    /// The SHA-256 that the database stores.
    pub(crate) fn hash(&self) -> [u8; 32] {
        self.hash
    }

    pub(crate) fn into_secret(self) -> SecretString {
        self.text
    }
}

/// Derives the successor of a refresh token: the HMAC of the token under a server key. So every replica can
/// issue the same successor again, although the database stores only hashes.
#[derive(Clone)]
pub(crate) struct Succession(hmac::Key);

impl Succession {
    /// Derives the server key from `signing_keys.encryption_key`, with HKDF-SHA-256.
    ///
    /// # Errors
    /// Cryptography failed.
    pub(crate) fn new(secret: &SecretString) -> Result<Self, SigningKeyError> {
        hmac_key(secret, SUCCESSION).map(Self)
    }

    /// The successor of a token.
    pub(crate) fn successor_of(&self, token: &RefreshToken) -> RefreshToken {
        let tag = hmac::sign(&self.0, token.text.expose_secret().as_bytes());
        RefreshToken::new(tag.as_ref())
    }
}

/// A key of HMAC-SHA-256 for one purpose, derived from `signing_keys.encryption_key` with HKDF-SHA-256.
///
/// # Errors
/// Cryptography failed.
pub(super) fn hmac_key(
    secret: &SecretString,
    purpose: &[u8],
) -> Result<hmac::Key, SigningKeyError> {
    let extracted = Salt::new(HKDF_SHA256, &[]).extract(secret.expose_secret().as_bytes());
    let info = [purpose];
    let key = extracted
        .expand(&info, HMAC_SHA256)
        .map_err(|_| SigningKeyError::Crypto)?;
    Ok(key.into())
}

/// Issues access tokens.
#[derive(Debug, Clone)]
pub(crate) struct AccessTokens {
    pub(crate) issuer: String,
    pub(crate) audience: String,
    pub(crate) lifetime: Duration,
    /// Of tokens with groups: so long, removed staff can still act.
    pub(crate) staff_lifetime: Duration,
}

/// How and when the owner of a session proved who they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Authentication {
    pub(crate) at: DateTime<Utc>,
    /// Whether they also proved a second factor. Without it, a token has no groups.
    pub(crate) second_factor: bool,
}

impl AccessTokens {
    /// Signs an access token; returns it with its expiry.
    pub(crate) fn sign(
        &self,
        key: &SigningKey,
        user: &User,
        session: Uuid,
        authentication: Authentication,
        now: DateTime<Utc>,
    ) -> Result<(SecretString, DateTime<Utc>), Failure> {
        let (groups, methods): (_, &[&str]) = match authentication.second_factor {
            true => (user.groups, &[PASSWORD, MULTI_FACTOR]),
            false => (Groups::NONE, &[PASSWORD]),
        };
        let lifetime = match groups.is_empty() {
            true => self.lifetime,
            false => self.lifetime.min(self.staff_lifetime),
        };
        let expires_at = now + lifetime;
        let claims = Claims {
            sub: user.id,
            role: role(user.role),
            sid: session,
            groups,
            auth_time: authentication.at.timestamp(),
            amr: methods.iter().map(|method| (*method).to_owned()).collect(),
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
    use super::*;

    #[test]
    fn refresh_tokens_have_256_bits_and_differ() {
        let token = RefreshToken::generate().unwrap();
        let hash = token.hash();
        assert_ne!(hash, RefreshToken::generate().unwrap().hash());
        let text = token.into_secret();
        assert_eq!(text.expose_secret().len(), 43);
        assert_eq!(hash_of(&text), Some(hash));
    }

    #[test]
    fn a_malformed_token_is_rejected() {
        for text in [
            "",
            "x",
            "not base64url !",
            &"A".repeat(42),
            &"A".repeat(10_000),
        ] {
            assert_eq!(hash_of(&text.into()), None, "{text:.10}");
        }
    }

    #[test]
    fn a_successor_depends_on_the_predecessor_and_the_secret_only() {
        let succession = |secret: &str| Succession::new(&secret.into()).unwrap();
        let first = RefreshToken::generate().unwrap();
        let successor = succession("one").successor_of(&first);
        let again = RefreshToken::parse(&first.text).unwrap();
        assert_eq!(
            succession("one").successor_of(&again).hash(),
            successor.hash()
        );
        assert_ne!(
            succession("two").successor_of(&first).hash(),
            successor.hash()
        );
        let next = succession("one").successor_of(&successor);
        assert_ne!(next.hash(), successor.hash());
        assert_ne!(next.hash(), first.hash());
    }

    fn hash_of(text: &SecretString) -> Option<[u8; 32]> {
        RefreshToken::parse(text).map(|token| token.hash())
    }
}

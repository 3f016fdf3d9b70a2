use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::app::session_tokens::hmac_key;
use crate::domain::Password;
use crate::failure::{Failure, SigningKeyError};

/// HKDF info: separates this use of the secret from any other.
const PURPOSE: &[u8] = b"mercantile user staff invitations v1";
const TOKEN_BYTES: usize = 32;

/// The tokens of invitations: the HMAC of an invitation's id under a server key. So the mail can be sent again, although
/// the database stores only hashes. Cheap to clone.
#[derive(Clone)]
pub(crate) struct InvitationTokens(hmac::Key);

impl InvitationTokens {
    /// # Errors
    /// Cryptography failed.
    pub(crate) fn new(secret: &SecretString) -> Result<Self, SigningKeyError> {
        hmac_key(secret, PURPOSE).map(Self)
    }

    /// The token of an invitation.
    pub(crate) fn token_of(&self, invitation: Uuid) -> SecretString {
        let tag = hmac::sign(&self.0, invitation.as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(tag).into()
    }

    pub(super) fn hash_of(&self, invitation: Uuid) -> [u8; 32] {
        let tag = hmac::sign(&self.0, invitation.as_bytes());
        Sha256::digest(tag).into()
    }
}

/// The hash of a token from a request; `None` if it is malformed.
pub(super) fn hash(token: &SecretString) -> Option<[u8; 32]> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token.expose_secret()).ok()?;
    (bytes.len() == TOKEN_BYTES).then(|| Sha256::digest(bytes).into())
}

/// A password that nobody knows.
pub(super) fn unknown_password() -> Result<Password, Failure> {
    Ok(Password::new(unknown_text()?))
}

/// The text of such a password.
pub(super) fn unknown_text() -> Result<SecretString, Failure> {
    let mut bytes = [0; TOKEN_BYTES];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| SigningKeyError::Crypto)?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes).into())
}

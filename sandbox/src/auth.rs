//! Authentication: `Authorization: Bearer sk_..`, or Basic with the key as user name.

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use crate::error::ApiError;

/// Checks that the request carries the secret key.
pub(crate) fn check(secret_key: &SecretString, headers: &HeaderMap) -> Result<(), ApiError> {
    let header = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .ok_or_else(|| ApiError::unauthorized("You did not provide an API key."))?;
    let given = given_key(header)
        .ok_or_else(|| ApiError::unauthorized("The Authorization header is malformed."))?;
    // Comparing digests does not leak the key through timing.
    let same =
        Sha256::digest(given.as_bytes()) == Sha256::digest(secret_key.expose_secret().as_bytes());
    if same {
        Ok(())
    } else {
        Err(ApiError::unauthorized("Invalid API Key provided."))
    }
}

fn given_key(header: &str) -> Option<String> {
    let (scheme, credentials) = header.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(credentials.trim().to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = STANDARD.decode(credentials.trim()).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    text.split_once(':').map(|(user, _)| user.to_owned())
}

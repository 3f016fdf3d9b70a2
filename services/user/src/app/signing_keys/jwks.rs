use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::SigningKey;

/// The public keys as a JWK Set (RFC 7517) of OKP keys (RFC 8037).
pub(super) fn document(keys: &[SigningKey]) -> String {
    let keys: Vec<Value> = keys
        .iter()
        .map(|key| {
            json!({
                "kty": "OKP",
                "crv": "Ed25519",
                "use": "sig",
                "alg": "EdDSA",
                "kid": key.kid().to_string(),
                "x": BASE64_URL_SAFE_NO_PAD.encode(key.public()),
            })
        })
        .collect();
    json!({ "keys": keys }).to_string()
}

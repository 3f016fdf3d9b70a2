//! The fuzz target `access_token`.
#![allow(clippy::expect_used, reason = "a target fails by panicking")]

use futures_util::FutureExt;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use kernel::Clock;
use serde_json::{Value, json};

use crate::auth::{Caller, Claims, Config, Keys, MAX_TOKEN_LIFETIME_S};
use crate::status::Reject;

const KID: &str = "fuzzing";
/// A PKCS #8 document of Ed25519 (RFC 8410) up to the seed, which is 32 bytes of 7.
const PKCS8: &[u8] = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
/// The public key of that seed.
const X: &str = "6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw";
/// A public key (RFC 8032, section 7.1, test 1) that verifies nothing here: a fuzzer that sees a signed token finds it.
const UNUSED_X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
/// The time of the verifier, Unix seconds: a seed with fixed times stays valid.
const NOW: i64 = 1_800_000_000;

/// The data is a token that was not issued; the claims of a signed one, as JSON; and how a valid token is altered.
/// Only a signed token with legal claims is accepted, as the caller that it names.
pub fn access_token(data: &[u8]) {
    let config = Config {
        clock_offset_s: NOW - Clock::system().now().timestamp(),
        ..Config::default()
    };
    let keys = keys_with(&config, X);
    let unused = keys_with(&config, UNUSED_X);

    verify(&unused, &String::from_utf8_lossy(data)).expect_err("not issued");

    if let Ok(claims) = serde_json::from_slice::<Value>(data) {
        let token = sign(&claims);
        if let Ok(caller) = verify(&keys, &token) {
            let claims: Claims = serde_json::from_value(claims).expect("claims");
            assert_eq!(caller, claims.caller());
            assert_eq!(
                (&claims.iss, &claims.aud),
                (&config.issuer, &config.audience)
            );
            // The clock may have advanced.
            let leeway = i64::try_from(config.leeway_s).expect("small") + 10;
            assert!((NOW - leeway..=NOW + MAX_TOKEN_LIFETIME_S + leeway).contains(&claims.exp));
            assert!(claims.exp.saturating_sub(claims.iat) <= MAX_TOKEN_LIFETIME_S);
        }
    }

    let valid = sign(&json!({
        "iss": config.issuer, "aud": config.audience, "role": "customer", "iat": NOW, "exp": NOW + 900,
        "sub": "01900000-0000-7000-8000-000000000001", "sid": "01900000-0000-7000-8000-000000000002",
    }));
    if let [at_low, at_high, character, ..] = data {
        let mut altered: Vec<char> = valid.chars().collect();
        let at = usize::from(u16::from_le_bytes([*at_low, *at_high])) % altered.len();
        altered[at] = char::from(*character);
        let altered = String::from_iter(altered);
        if altered != valid {
            verify(&keys, &altered).expect_err("altered");
        }
    }
    verify(&keys, &valid).expect("issued");
}

fn keys_with(config: &Config, x: &str) -> Keys {
    let jwk =
        json!({"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": KID, "x": x});
    Keys::fixed(config, &json!({ "keys": [jwk] }).to_string()).expect("a key")
}

fn sign(claims: &Value) -> String {
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = Some(KID.to_owned());
    let key = EncodingKey::from_ed_der(&[PKCS8, &[7; 32]].concat());
    encode(&header, claims, &key).expect("signed")
}

fn verify(keys: &Keys, token: &str) -> Result<Caller, Reject> {
    keys.verify(token)
        .now_or_never()
        .expect("fixed keys are not fetched")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_seeds_of_access_token_pass() {
        testkit::replay("access_token", super::access_token);
    }
}

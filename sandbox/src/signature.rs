//! The `Stripe-Signature` header of webhooks.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

/// `t=1700000000,v1=..`, with one `v1` per secret: HMAC-SHA256 over `{t}.{body}`, in hexadecimal.
pub(crate) fn sign(secrets: &[SecretString], seconds: i64, body: &str) -> String {
    let mut header = format!("t={seconds}");
    for secret in secrets {
        // HMAC accepts a key of any length, so this does not fail.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()) else {
            continue;
        };
        mac.update(seconds.to_string().as_bytes());
        mac.update(b".");
        mac.update(body.as_bytes());
        header.push_str(",v1=");
        for byte in mac.finalize().into_bytes() {
            // Writing to a `String` does not fail.
            write!(header, "{byte:02x}").ok();
        }
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    // Computed with `printf '%s' '1700000000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_one`.
    const ONE: &str = "401fbbceeb3818dc562ff77127ba1c62e47e24c9c6cde4d7a6eba85e32dbd058";

    #[test]
    fn a_signature_equals_the_one_of_openssl() {
        let secrets = ["whsec_one".into()];
        let header = sign(&secrets, 1_700_000_000, r#"{"id":"evt_1"}"#);
        assert_eq!(header, format!("t=1700000000,v1={ONE}"));
    }

    #[test]
    fn every_secret_signs() {
        let secrets = ["whsec_one".into(), "whsec_two".into()];
        let header = sign(&secrets, 1_700_000_000, r#"{"id":"evt_1"}"#);
        assert_eq!(header.matches("v1=").count(), 2);
        assert!(header.contains(ONE));
    }
}

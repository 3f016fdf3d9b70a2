//! Time-based one-time passwords (RFC 6238): six digits, HMAC-SHA-1, which is what authenticator apps support.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac::{self, HMAC_SHA1_FOR_LEGACY_USE_ONLY};
use data_encoding::BASE32_NOPAD;
use secrecy::{ExposeSecret, SecretString};

use crate::failure::{Failure, SigningKeyError};

/// Bytes; RFC 4226, section 4, recommends 160 bits.
const SECRET_BYTES: usize = 20;
const CODES: u32 = 1_000_000;

/// The secret that the service and an authenticator app share. No `Debug`, because it is a secret.
pub(super) struct TotpSecret(Vec<u8>);

impl TotpSecret {
    /// Random bits.
    ///
    /// # Errors
    /// The random source failed.
    pub(super) fn generate() -> Result<Self, Failure> {
        let mut bytes = vec![0; SECRET_BYTES];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| SigningKeyError::Crypto)?;
        Ok(Self(bytes))
    }

    pub(super) fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// As people type it into an app.
    pub(super) fn base32(&self) -> SecretString {
        BASE32_NOPAD.encode(&self.0).into()
    }

    /// The content of the QR code that apps scan: Google's Key URI Format. Issuer and label are ASCII without `:`.
    pub(super) fn uri(&self, issuer: &str, label: &str) -> SecretString {
        let secret = self.base32();
        let secret = secret.expose_secret();
        let label = label.replace('@', "%40").replace('+', "%2B");
        format!("otpauth://totp/{issuer}:{label}?secret={secret}&issuer={issuer}").into()
    }

    /// Which of `steps` has this code.
    pub(super) fn step_of(&self, code: &str, steps: &[i64]) -> Option<i64> {
        let is_code = |step: &i64| {
            let expected = self.code(*step);
            verify_slices_are_equal(expected.as_bytes(), code.as_bytes()).is_ok()
        };
        steps.iter().copied().find(is_code)
    }

    /// The code of a time step (RFC 4226, section 5.3).
    fn code(&self, step: i64) -> String {
        let key = hmac::Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let offset = tag.last().map_or(0, |byte| usize::from(byte & 0xf));
        let chosen = tag.iter().skip(offset).take(4);
        let number = chosen.fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
        format!("{:06}", (number & 0x7fff_ffff) % CODES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the last six of the eight digits.
    #[test]
    fn the_codes_are_those_of_the_rfc() {
        let secret = TotpSecret::from_bytes(b"12345678901234567890".to_vec());
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000_i64, "353130"),
        ] {
            let step = seconds / 30;
            assert_eq!(secret.code(step), code);
            assert_eq!(
                secret.step_of(code, &[step - 1, step, step + 1]),
                Some(step)
            );
        }
        assert_eq!(secret.step_of("28708", &[1]), None);
        assert_eq!(secret.step_of("000000", &[1]), None);
    }

    #[test]
    fn an_app_reads_the_uri() {
        let secret = TotpSecret::from_bytes(b"12345678901234567890".to_vec());
        assert_eq!(
            secret.uri("Shop", "a+b@example.com").expose_secret(),
            "otpauth://totp/Shop:a%2Bb%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Shop"
        );
    }

    #[test]
    fn secrets_have_160_bits_and_differ() {
        let secret = TotpSecret::generate().unwrap();
        assert_eq!(secret.bytes().len(), 20);
        assert_ne!(secret.bytes(), TotpSecret::generate().unwrap().bytes());
    }
}

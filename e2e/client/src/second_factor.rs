//! The codes of an authenticator app (TOTP, RFC 6238), for the demo staff account.

use aws_lc_rs::hmac::{self, HMAC_SHA1_FOR_LEGACY_USE_ONLY};
use data_encoding::BASE32_NOPAD;
use kernel::Clock;
use reqwest::Method;
use serde_json::json;

use crate::{Answer, Client, Error, Request};

/// The published secret of the demo staff account, which `user seed` stores.
pub const DEMO_SECRET: &[u8] = b"mercantile-demo-only";
/// Seconds of a time step.
const STEP_S: u64 = 30;

impl Client {
    /// Proves the second factor of the demo staff account in the session of `token`. The answer has the new access
    /// token. A code is accepted once, so the codes of the three valid time steps are tried, the oldest first.
    ///
    /// # Errors
    /// The answer is incomplete, or its body is not JSON.
    pub async fn step_up(&self, token: &str) -> Result<Answer, Error> {
        let step = now_s() / STEP_S;
        let mut last = None;
        for step in [step.saturating_sub(1), step, step + 1] {
            let answer = self.send(&request(token, &code(DEMO_SECRET, step))).await?;
            if answer.problem() != "code-invalid" {
                return Ok(answer);
            }
            last = Some(answer);
        }
        match last {
            Some(answer) => Ok(answer),
            None => self.send(&request(token, &code(DEMO_SECRET, step))).await,
        }
    }
}

fn request(token: &str, code: &str) -> Request {
    Request::new(
        Method::POST,
        "/sessions/step-up",
        Some(json!({ "code": code })),
    )
    .token(token)
}

/// The bytes of a secret in Base32; `None` if it is not Base32.
pub fn secret_of(base32: &str) -> Option<Vec<u8>> {
    BASE32_NOPAD.decode(base32.as_bytes()).ok()
}

/// The code of a secret now.
pub fn code_now(secret: &[u8]) -> String {
    code(secret, now_s() / STEP_S)
}

/// The code of the next time step. It is accepted already, and also after the code of now was used.
pub fn next_code(secret: &[u8]) -> String {
    code(secret, now_s() / STEP_S + 1)
}

/// The code of a time step (RFC 4226, section 5.3).
fn code(secret: &[u8], step: u64) -> String {
    let key = hmac::Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag.last().copied().unwrap_or_default() & 0xf);
    let chosen = tag.iter().skip(offset).take(4);
    let number = chosen.fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

fn now_s() -> u64 {
    u64::try_from(Clock::system().now().timestamp()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B.
    #[test]
    fn the_codes_are_those_of_the_rfc() {
        let secret = b"12345678901234567890";
        assert_eq!(code(secret, 59 / 30), "287082");
        assert_eq!(code(secret, 1_111_111_109 / 30), "081804");
        assert_eq!(code(secret, 20_000_000_000 / 30), "353130");
    }
}

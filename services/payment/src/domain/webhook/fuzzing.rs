//! The fuzz target `webhook`.
#![allow(clippy::expect_used, reason = "a target fails by panicking")]

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{BadWebhook, Event, Subject, event, verify};

const SECRETS: [&str; 2] = ["whsec_new", "whsec_old"];
const NOW: DateTime<Utc> = DateTime::from_timestamp(1_700_000_000, 0).expect("a time");
const TOLERANCE: TimeDelta = TimeDelta::seconds(300);

/// The first line is the header, the rest the body. Without one of our signatures nothing is accepted, with one only the
/// signed body.
pub fn webhook(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n');
    let (header, body) = data.split_at(end.unwrap_or(data.len()));
    let body = body.get(1..).unwrap_or_default();
    let header = String::from_utf8_lossy(header);
    let check = |body: &[u8], header: &str| verify(body, header, &SECRETS, TOLERANCE, NOW);
    // A fuzzer that sees a signature finds it, so this secret signs nothing.
    let unsigned = verify(body, &header, &["whsec_unused"], TOLERANCE, NOW);
    assert!(unsigned.is_err(), "not signed");

    let now = NOW.timestamp();
    for secret in SECRETS {
        let signed = format!("t={now},v1={}", sign(secret, now, body));
        assert_eq!(check(body, &signed), Ok(()));
        // What follows cannot make the header valid for another body or time.
        let longer = format!("{signed},{header}");
        assert!(matches!(
            check(body, &longer),
            Ok(()) | Err(BadWebhook::Malformed)
        ));
        let mut other = body.to_vec();
        other.extend_from_slice(b" ");
        assert!(check(&other, &longer).is_err(), "another body");
    }
    let late = now + 301;
    let signed = format!("t={late},v1={}", sign("whsec_new", late, body));
    assert_eq!(check(body, &signed), Err(BadWebhook::Time));

    if let Ok(event) = event(body) {
        is_safe(&event);
    }
}

fn sign(secret: &str, time: i64, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    let signed = mac.chain_update(format!("{time}.")).chain_update(body);
    let code = signed.finalize().into_bytes();
    code.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Its texts can be stored, logged and used in a path.
fn is_safe(event: &Event) {
    let is_name = |text: &str| {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        (1..=255).contains(&text.len()) && text.bytes().all(is_allowed)
    };
    assert!(is_name(&event.id) && is_name(&event.kind), "{event:?}");
    match &event.subject {
        Subject::Intent { reference, .. } => {
            assert!(
                reference.starts_with("pi_") && is_name(reference),
                "{event:?}"
            );
        }
        Subject::Refund { reference, .. } => {
            assert!(
                reference.starts_with("re_") && is_name(reference),
                "{event:?}"
            );
        }
        Subject::Foreign | Subject::Other => {}
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_seeds_of_webhook_pass() {
        testkit::replay("webhook", super::webhook);
    }
}

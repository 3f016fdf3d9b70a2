use serde_json::json;

use super::*;

const SECRET: &str = "whsec_new";
const OLD_SECRET: &str = "whsec_old";
const BODY: &[u8] = br#"{"id":"evt_1"}"#;
const NOW: i64 = 1_700_000_000;

fn sign(secret: &str, time: i64, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    let mac = mac
        .chain_update(format!("{time}."))
        .chain_update(body)
        .finalize();
    let hex = mac.into_bytes();
    hex.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn check(body: &[u8], header: &str) -> Result<(), BadWebhook> {
    let now = DateTime::from_timestamp(NOW, 0).unwrap();
    let secrets = [SECRET, OLD_SECRET];
    verify(body, header, &secrets, TimeDelta::seconds(300), now)
}

fn signed_at(time: i64) -> String {
    format!("t={time},v1={}", sign(SECRET, time, BODY))
}

#[test]
fn a_signature_is_the_hmac_of_time_and_body() {
    // Computed by: printf '1700000000.{"id":"evt_1"}' | openssl dgst -sha256 -hmac whsec_new
    let expected = "f3ac0c93c23f69e2e6046d7f0e2c82c93d0403de0f8651457189ab70fbbfcaae";
    assert_eq!(sign(SECRET, NOW, BODY), expected);
    assert_eq!(check(BODY, &format!("t={NOW},v1={expected}")), Ok(()));
}

#[test]
fn a_changed_body_is_refused() {
    let changed = br#"{"id":"evt_2"}"#;
    assert_eq!(check(changed, &signed_at(NOW)), Err(BadWebhook::Signature));
    assert_eq!(check(b"", &signed_at(NOW)), Err(BadWebhook::Signature));
}

#[test]
fn a_changed_time_is_refused() {
    let header = format!("t={},v1={}", NOW + 1, sign(SECRET, NOW, BODY));
    assert_eq!(check(BODY, &header), Err(BadWebhook::Signature));
    // The same number with a leading zero is another text.
    let header = format!("t=0{NOW},v1={}", sign(SECRET, NOW, BODY));
    assert_eq!(check(BODY, &header), Err(BadWebhook::Signature));
}

#[test]
fn the_time_may_differ_by_the_tolerance_in_both_directions() {
    for (time, expected) in [
        (NOW - 300, Ok(())),
        (NOW - 301, Err(BadWebhook::Time)),
        (NOW + 300, Ok(())),
        (NOW + 301, Err(BadWebhook::Time)),
    ] {
        assert_eq!(check(BODY, &signed_at(time)), expected, "{}", time - NOW);
    }
}

#[test]
fn any_secret_and_any_signature_suffices() {
    let old = sign(OLD_SECRET, NOW, BODY);
    let foreign = sign("whsec_foreign", NOW, BODY);
    assert_eq!(check(BODY, &format!("t={NOW},v1={old}")), Ok(()));
    assert_eq!(
        check(BODY, &format!("t={NOW},v1={foreign},v1={old}")),
        Ok(())
    );
    let spaced = format!("v1={foreign}, v1={} , t={NOW}", old.to_uppercase());
    assert_eq!(check(BODY, &spaced), Ok(()));
    let header = format!("t={NOW},v1={foreign}");
    assert_eq!(check(BODY, &header), Err(BadWebhook::Signature));
}

#[test]
fn other_schemes_are_ignored() {
    let good = sign(SECRET, NOW, BODY);
    let header = format!("t={NOW},v0={good},v2={good}");
    assert_eq!(check(BODY, &header), Err(BadWebhook::Malformed));
    let header = format!("t={NOW},v0=00,v1={good},x");
    assert_eq!(check(BODY, &header), Ok(()));
}

#[test]
fn a_header_with_missing_parts_is_malformed() {
    let good = sign(SECRET, NOW, BODY);
    let short = &good[..62];
    let headers = [
        String::new(),
        format!("t={NOW}"),
        format!("v1={good}"),
        format!("t=,v1={good}"),
        format!("t=now,v1={good}"),
        format!("t=-1,v1={good}"),
        format!("t=+{NOW},v1={good}"),
        format!("t=99999999999999999999,v1={good}"),
        format!("t={NOW},t={NOW},v1={good}"),
        format!("t={NOW},v1="),
        format!("t={NOW},v1={short}"),
        format!("t={NOW},v1={short}zz"),
        format!("t={NOW},v1={good}{}", "0".repeat(3000)),
    ];
    for header in headers {
        assert_eq!(check(BODY, &header), Err(BadWebhook::Malformed), "{header}");
    }
}

#[test]
fn garbage_is_refused() {
    for header in ["\0", "====", ",,,,", "t=t=t,v1==", "🦀=1,v1=🦀"] {
        assert!(check(BODY, header).is_err(), "{header}");
    }
    let far = format!("t={},v1={}", i64::MAX, sign(SECRET, i64::MAX, BODY));
    assert_eq!(check(BODY, &far), Err(BadWebhook::Malformed));
}

#[test]
fn without_a_secret_every_webhook_is_rejected() {
    let now = DateTime::from_timestamp(NOW, 0).unwrap();
    let tolerance = TimeDelta::seconds(300);
    let header = format!("t={NOW},v1={}", sign("", NOW, BODY));
    let refused = verify(BODY, &header, &[], tolerance, now);
    assert_eq!(refused, Err(BadWebhook::Signature));
}

fn read(object: serde_json::Value) -> Result<Subject, NotUnderstood> {
    let body = json!({"id": "evt_1", "type": "a.b", "data": {"object": object}});
    event(body.to_string().as_bytes()).map(|event| event.subject)
}

#[test]
fn an_event_is_about_an_intent_or_a_refund_of_ours() {
    let payment_id = PaymentId::generate();
    let refund_id = RefundId::generate();
    let intent = json!({"id": "pi_1", "object": "payment_intent", "status": "succeeded",
                        "metadata": {"payment_id": payment_id, "order_id": "x"}});
    let reference = "pi_1".to_owned();
    let expected = Subject::Intent {
        reference,
        payment_id,
    };
    assert_eq!(read(intent), Ok(expected));
    let refund = json!({"id": "re_1", "object": "refund", "metadata": {"refund_id": refund_id}});
    let reference = "re_1".to_owned();
    let expected = Subject::Refund {
        reference,
        refund_id,
    };
    assert_eq!(read(refund), Ok(expected));
}

#[test]
fn a_foreign_object_is_recognized() {
    let foreign = [
        json!({"id": "pi_1", "object": "payment_intent"}),
        json!({"id": "pi_1", "object": "payment_intent", "metadata": null}),
        json!({"id": "pi_1", "object": "payment_intent", "metadata": {"payment_id": "7"}}),
        json!({"id": "re_1", "object": "refund", "metadata": {}}),
    ];
    for object in foreign {
        assert_eq!(read(object), Ok(Subject::Foreign));
    }
    assert_eq!(
        read(json!({"id": "ch_1", "object": "charge"})),
        Ok(Subject::Other)
    );
    assert_eq!(read(json!({"object": "balance"})), Ok(Subject::Other));
}

#[test]
fn an_object_without_an_id_is_of_no_concern() {
    let others = [
        json!({"object": "balance", "id": null}),
        json!({"id": null}),
        json!({}),
        json!({"id": "cus_1", "object": "customer", "metadata": {}}),
    ];
    for object in others {
        assert_eq!(read(object), Ok(Subject::Other));
    }
    let nameless = json!({"id": null, "object": "payment_intent",
                          "metadata": {"payment_id": PaymentId::generate()}});
    assert_eq!(read(nameless), Ok(Subject::Foreign));
}

#[test]
fn a_payload_that_is_not_an_event_says_what_is_wrong() {
    let bodies: [(&[u8], &str); 8] = [
        (b"", "it is not an event: EOF"),
        (b"null", "it is not an event: invalid type: null"),
        (b"[]", "it is not an event: invalid length 0"),
        (b"\xff", "it is not an event: expected value"),
        (
            br#"{"id":"evt_1"}"#,
            "it is not an event: missing field `type`",
        ),
        (
            br#"{"id":"evt_1","type":"a"}"#,
            "it is not an event: missing field `data`",
        ),
        (
            br#"{"id":"","type":"a","data":{"object":{"object":"charge"}}}"#,
            "`id` is empty",
        ),
        (
            br#"{"id":"evt_1","type":"a b","data":{"object":{"object":"charge"}}}"#,
            "`type` is empty, too long, or has",
        ),
    ];
    for (body, expected) in bodies {
        let problem = event(body).expect_err("not understood").to_string();
        assert!(problem.starts_with(expected), "{problem}");
    }
    let object = json!({"id": "pi_1/../x", "object": "payment_intent"});
    assert_eq!(read(object), Err(NotUnderstood::Name("data.object.id")));
}

//! The CloudEvents 1.0 AMQP binding, binary mode, on AMQP 0.9.1 properties.
//!
//! The binding allows `cloudEvents:` and `cloudEvents_` as prefixes of attributes. AMQP 0.9.1
//! allows only letters, digits, `$`, `#` and `_` in header names, so messages are sent with
//! `cloudEvents_`. Receivers accept both, as the binding requires.

use chrono::{DateTime, Datelike, Utc};
use contracts::TraceContext;
use kernel::Clock;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};
use uuid::Uuid;

use crate::envelope::Envelope;

const SPEC_VERSION: &str = "1.0";
const JSON: &str = "application/json";
const PERSISTENT: u8 = 2;

/// W3C trace context.
const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";
/// The number of this try; absent on the first.
const ATTEMPT: &str = "mercantile_attempt";
/// On dead letters: the error.
pub(crate) const ERROR: &str = "mercantile_error";
/// On dead letters: when it became one, RFC 3339.
pub(crate) const FAILED_AT: &str = "mercantile_failed_at";
/// On dead letters: the number of tries.
pub(crate) const ATTEMPTS: &str = "mercantile_attempts";
/// On what was rejected because of its origin. It stays when the message is moved.
const UNTRUSTED: &str = "untrusted_origin";
/// Set by the broker on messages that it moved as dead letters.
const DEATHS: &str = "x-death";
/// Set by the broker on messages that it moved itself.
const BROKERS_REASON: &str = "x-first-death-reason";

/// Characters of an error. All headers must fit into one frame.
const MAX_TEXT: usize = 2_000;

/// The properties of a new message, with the trace context of the span that sends it.
pub(crate) fn properties(envelope: &Envelope, trace: Option<TraceContext>) -> BasicProperties {
    let id = envelope.id.to_string();
    let mut headers = FieldTable::default();
    let mut attribute = |name: &str, value: &str| {
        headers.insert(format!("cloudEvents_{name}").into(), text(value));
    };
    attribute("specversion", SPEC_VERSION);
    attribute("id", &id);
    attribute("source", &envelope.source);
    attribute("type", &envelope.message_type);
    attribute("subject", &envelope.subject);
    attribute("time", &envelope.time.to_rfc3339());
    let (parent, state) = TraceContext::into_stored(trace);
    for (name, value) in [(TRACEPARENT, parent), (TRACESTATE, state)] {
        if let Some(value) = value {
            headers.insert(name.into(), text(&value));
        }
    }
    BasicProperties::default()
        .with_content_type(JSON.into())
        .with_delivery_mode(PERSISTENT)
        .with_message_id(id.into())
        .with_type(envelope.message_type.as_str().into())
        .with_headers(headers)
}

/// The envelope of a received message, or which attribute is missing or invalid.
pub(crate) fn envelope(properties: &BasicProperties, data: Vec<u8>) -> Result<Envelope, String> {
    let required = |name: &str| attribute(properties, name).ok_or(format!("no CloudEvents {name}"));
    let id = required("id")?;
    let time = required("time")?;
    Ok(Envelope {
        id: id
            .parse::<Uuid>()
            .map_err(|error| format!("CloudEvents id: {error}"))?,
        source: required("source")?,
        message_type: required("type")?,
        subject: attribute(properties, "subject").unwrap_or_default(),
        time: utc(&time).map_err(|error| format!("CloudEvents time: {error}"))?,
        trace: TraceContext::from_stored(
            header(properties, TRACEPARENT),
            header(properties, TRACESTATE),
        ),
        data,
    })
}

/// RFC 3339 has only years of four digits, and an offset can lead beyond them.
fn utc(text: &str) -> Result<DateTime<Utc>, String> {
    let time = DateTime::parse_from_rfc3339(text).map_err(|error| error.to_string())?;
    let time = time.with_timezone(&Utc);
    match time.year() {
        0..=9_999 => Ok(time),
        year => Err(format!("the year {year} in UTC")),
    }
}

/// The number of a delivery's try, from 1.
pub(crate) fn attempt(properties: &BasicProperties) -> u32 {
    number(properties, ATTEMPT).unwrap_or(1)
}

/// The number of tries of a dead letter.
pub(crate) fn attempts(properties: &BasicProperties) -> u32 {
    number(properties, ATTEMPTS).unwrap_or_else(|| attempt(properties))
}

/// Why a message is a dead letter: the consumer's error, or the broker's reason.
pub(crate) fn error(properties: &BasicProperties) -> String {
    header(properties, ERROR)
        .or_else(|| header(properties, BROKERS_REASON))
        .unwrap_or_default()
}

/// The same message for its next try.
pub(crate) fn for_attempt(properties: &BasicProperties, attempt: u32) -> BasicProperties {
    let mut headers = without_move_headers(properties);
    headers.insert(ATTEMPT.into(), AMQPValue::LongUInt(attempt));
    properties.clone().with_headers(headers)
}

/// The same message as a dead letter.
pub(crate) fn for_dead(
    properties: &BasicProperties,
    error: &str,
    attempts: u32,
) -> BasicProperties {
    let mut headers = without_move_headers(properties);
    headers.insert(ERROR.into(), text(&shortened(error)));
    let now = Clock::system().now();
    headers.insert(FAILED_AT.into(), text(&now.to_rfc3339()));
    headers.insert(ATTEMPTS.into(), AMQPValue::LongUInt(attempts));
    properties.clone().with_headers(headers)
}

/// The same message, marked so that a redrive does not make it trusted.
pub(crate) fn untrusted(properties: &BasicProperties) -> BasicProperties {
    let mut headers = properties.headers().clone().unwrap_or_default();
    headers.insert(UNTRUSTED.into(), AMQPValue::Boolean(true));
    properties.clone().with_headers(headers)
}

/// Whether it was rejected because of its origin.
pub(crate) fn is_untrusted(properties: &BasicProperties) -> bool {
    has(properties, UNTRUSTED)
}

/// Whether the broker has moved the message as a dead letter.
pub(crate) fn was_dead(properties: &BasicProperties) -> bool {
    has(properties, DEATHS)
}

fn has(properties: &BasicProperties, name: &str) -> bool {
    let headers = properties.headers().as_ref();
    headers.is_some_and(|headers| headers.inner().contains_key(name))
}

/// The same message as if it were new.
pub(crate) fn for_redrive(properties: &BasicProperties) -> BasicProperties {
    properties
        .clone()
        .with_headers(without_move_headers(properties))
}

/// The text of a header.
pub(crate) fn header(properties: &BasicProperties, name: &str) -> Option<String> {
    match properties.headers().as_ref()?.inner().get(name)? {
        AMQPValue::LongString(value) => Some(String::from_utf8_lossy(value.as_bytes()).into()),
        AMQPValue::ShortString(value) => Some(value.as_str().to_owned()),
        _ => None,
    }
}

fn attribute(properties: &BasicProperties, name: &str) -> Option<String> {
    header(properties, &format!("cloudEvents_{name}"))
        .or_else(|| header(properties, &format!("cloudEvents:{name}")))
}

fn number(properties: &BasicProperties, name: &str) -> Option<u32> {
    match properties.headers().as_ref()?.inner().get(name)? {
        AMQPValue::LongUInt(value) => Some(*value),
        AMQPValue::LongInt(value) => u32::try_from(*value).ok(),
        AMQPValue::LongLongInt(value) => u32::try_from(*value).ok(),
        _ => None,
    }
}

/// All headers except those that consumers and the broker add when they move a message, which
/// would accumulate.
fn without_move_headers(properties: &BasicProperties) -> FieldTable {
    let mut kept = FieldTable::default();
    for (name, value) in properties.headers().iter().flat_map(FieldTable::inner) {
        let name_text = name.as_str();
        let added_by_move = name_text.starts_with("mercantile_")
            || name_text.starts_with("x-death")
            || name_text.starts_with("x-first-death")
            || name_text.starts_with("x-last-death")
            || name_text == "x-delivery-count";
        if !added_by_move {
            kept.insert(name.clone(), value.clone());
        }
    }
    kept
}

fn shortened(value: &str) -> String {
    value.chars().take(MAX_TEXT).collect()
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    fn example() -> Envelope {
        Envelope {
            id: Uuid::now_v7(),
            source: "/order".into(),
            message_type: "order.confirmed.v1".into(),
            subject: "42".into(),
            time: DateTime::parse_from_rfc3339("2026-11-22T10:00:00.123456Z")
                .unwrap()
                .with_timezone(&Utc),
            trace: TraceContext::from_stored(
                Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
                Some("congo=t61rcWkgMzE".into()),
            ),
            data: br#"{"a":1}"#.to_vec(),
        }
    }

    #[test]
    fn an_envelope_is_read_as_it_was_written() {
        let sent = example();
        let received = envelope(&properties(&sent, sent.trace.clone()), sent.data.clone()).unwrap();
        assert_eq!(sent, received);
    }

    #[test]
    fn the_colon_prefix_is_accepted() {
        let mut headers = FieldTable::default();
        for (name, value) in [
            ("id", "0190a1b2-0000-7000-8000-000000000000"),
            ("source", "/x"),
            ("type", "x.y.v1"),
            ("time", "2026-11-22T10:00:00Z"),
        ] {
            headers.insert(format!("cloudEvents:{name}").into(), text(value));
        }
        let properties = BasicProperties::default().with_headers(headers);
        assert_eq!(
            "x.y.v1",
            envelope(&properties, vec![]).unwrap().message_type
        );
    }

    #[test]
    fn the_error_names_the_missing_attribute() {
        let error = envelope(&BasicProperties::default(), vec![]).unwrap_err();
        assert_eq!("no CloudEvents id", error);
    }

    #[test]
    fn a_time_that_has_no_rfc_3339_form_in_utc_is_refused() {
        let fresh = properties(&example(), None);
        for (time, is_good) in [
            ("9999-12-31T23:59:59Z", true),
            ("9999-12-31T23:59:59-01:00", false),
            ("0000-01-01T00:00:00+01:00", false),
        ] {
            let mut headers = fresh.headers().clone().unwrap();
            headers.insert("cloudEvents_time".into(), text(time));
            let read = envelope(&fresh.clone().with_headers(headers), vec![]);
            assert_eq!(is_good, read.is_ok(), "{time}: {read:?}");
        }
    }

    #[test]
    fn a_redrive_removes_the_error_and_the_tries() {
        let fresh = properties(&example(), example().trace);
        let dead = for_dead(&for_attempt(&fresh, 3), "no such order", 3);
        assert_eq!(
            ("no such order".to_owned(), 3),
            (error(&dead), attempts(&dead))
        );
        let again = for_redrive(&dead);
        assert_eq!((String::new(), 1), (error(&again), attempt(&again)));
        assert_eq!(fresh.headers(), again.headers());
    }
}

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header::{HeaderValue, USER_AGENT},
};

use crate::edge::{
    header_names::{CART_TOKEN, DEVICE_TOKEN, IDEMPOTENCY_KEY, LAST_EVENT_ID, STRIPE_SIGNATURE},
    problem::{Problem, reasons},
};

const MAX_LENGTH: usize = 255;
const MAX_SIGNATURE_LENGTH: usize = 2_048;

/// The required `Idempotency-Key` header.
pub(crate) struct IdempotencyKey(pub(crate) String);

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut values = request.headers().get_all(&IDEMPOTENCY_KEY);
        ready(match (values.next(), values.next()) {
            (None, _) => Err(Problem::new(&reasons::IDEMPOTENCY_KEY_MISSING)),
            (Some(value), None) => visible(value)
                .map(Self)
                .ok_or_else(|| Problem::new(&reasons::IDEMPOTENCY_KEY_INVALID)),
            (Some(_), Some(_)) => Err(Problem::new(&reasons::IDEMPOTENCY_KEY_INVALID)
                .detail("Idempotency-Key must be sent once")),
        })
    }
}

/// The optional `Idempotency-Key` header of a request that may be repeated; empty if it was not sent.
pub(crate) struct OptionalKey(pub(crate) String);

impl FromRequest for OptionalKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if !request.headers().contains_key(&IDEMPOTENCY_KEY) {
            return ready(Ok(Self(String::new())));
        }
        let key = IdempotencyKey::from_request(request, payload).into_inner();
        ready(key.map(|IdempotencyKey(key)| Self(key)))
    }
}

/// The optional `Cart-Token` header; an empty one is no token.
pub(crate) struct CartToken(pub(crate) Option<String>);

impl FromRequest for CartToken {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let invalid = |text: &'static str| {
            Problem::new(&reasons::HEADER_INVALID)
                .detail(format!("Cart-Token {text}"))
                .field("Cart-Token", text)
        };
        let mut values = request.headers().get_all(&CART_TOKEN);
        ready(match (values.next(), values.next()) {
            (None, _) => Ok(Self(None)),
            // Which of two carts is meant is not for the gateway to guess.
            (Some(_), Some(_)) => Err(invalid("must be sent once")),
            (Some(value), None) if value.is_empty() => Ok(Self(None)),
            (Some(value), None) => visible(value)
                .map(|token| Self(Some(token)))
                .ok_or_else(|| invalid("must be 1 to 255 visible ASCII characters")),
        })
    }
}

/// The optional `Device-Token` header. A malformed one is no token: it only saves its sender a wait.
pub(crate) struct DeviceToken(pub(crate) String);

impl FromRequest for DeviceToken {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut values = request.headers().get_all(&DEVICE_TOKEN);
        ready(Ok(Self(match (values.next(), values.next()) {
            (Some(value), None) => visible(value).unwrap_or_default(),
            _ => String::new(),
        })))
    }
}

/// The start of the `User-Agent` header; empty if there is none, or if it is not ASCII. `user` cuts it to what it shows.
pub(crate) struct UserAgent(pub(crate) String);

impl FromRequest for UserAgent {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let value = request.headers().get(&USER_AGENT);
        let text = value.and_then(|value| value.to_str().ok());
        let text = text.unwrap_or_default().chars().take(MAX_LENGTH).collect();
        ready(Ok(Self(text)))
    }
}

/// The optional `Last-Event-ID` header: the position of the last entry that a client has.
pub(crate) struct LastEventId(pub(crate) Option<u32>);

impl FromRequest for LastEventId {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut values = request.headers().get_all(&LAST_EVENT_ID);
        let number = |value: &HeaderValue| value.to_str().ok()?.parse().ok();
        ready(match (values.next(), values.next()) {
            (None, _) => Ok(Self(None)),
            (Some(value), None) if number(value).is_some() => Ok(Self(number(value))),
            (Some(_), _) => Err(Problem::new(&reasons::HEADER_INVALID)
                .detail("Last-Event-ID must be the id of an event of this stream, sent once")
                .field("Last-Event-ID", "must be the id of an event of this stream")),
        })
    }
}

/// The required `Stripe-Signature` header.
pub(crate) struct Signature(pub(crate) String);

impl FromRequest for Signature {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let invalid = |detail| Problem::new(&reasons::WEBHOOK_SIGNATURE_INVALID).detail(detail);
        let mut values = request.headers().get_all(&STRIPE_SIGNATURE);
        ready(match (values.next(), values.next()) {
            (None, _) => Err(invalid("Stripe-Signature is missing")),
            (Some(_), Some(_)) => Err(invalid("Stripe-Signature must be sent once")),
            (Some(value), None) => match value.to_str() {
                Ok(text) if (1..=MAX_SIGNATURE_LENGTH).contains(&text.len()) => {
                    Ok(Self(text.to_owned()))
                }
                _ => Err(invalid(
                    "Stripe-Signature must be 1 to 2048 visible ASCII characters",
                )),
            },
        })
    }
}

fn visible(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?;
    let is_valid =
        (1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    is_valid.then(|| text.to_owned())
}

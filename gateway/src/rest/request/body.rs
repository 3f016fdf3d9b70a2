use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header,
    web::{Buf, Bytes, BytesMut, Data},
};
use futures_util::{StreamExt, future::LocalBoxFuture};
use serde::de::DeserializeOwned;

use super::{fields, json};
use crate::edge::{
    config::HttpConfig,
    problem::{Problem, reasons},
};

/// A JSON body, deserialized. Unknown fields are rejected.
///
/// # Errors
/// `BODY_TYPE_UNSUPPORTED`, `BODY_TOO_LARGE`, `BODY_TIMED_OUT`, `JSON_INVALID` with the position or
/// the field.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest for Body<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let limits = limits(&request)?;
            check_type(&request)?;
            let bytes = read_in_time(&request, payload, limits, limits.max_body_bytes).await?;
            parse(&bytes).map(Self)
        })
    }
}

/// A body of at most `MAX` bytes, unparsed.
///
/// # Errors
/// `BODY_TOO_LARGE`, `BODY_TIMED_OUT`, `JSON_INVALID` if it ended early.
pub(crate) struct Raw<const MAX: usize>(pub(crate) Bytes);

impl<const MAX: usize> FromRequest for Raw<MAX> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let limits = limits(&request)?;
            read_in_time(&request, payload, limits, MAX).await.map(Self)
        })
    }
}

fn limits(request: &HttpRequest) -> Result<&HttpConfig, Problem> {
    let limits = request.app_data::<Data<HttpConfig>>();
    let limits = limits.ok_or_else(|| Problem::new(&reasons::INTERNAL))?;
    Ok(limits.get_ref())
}

async fn read_in_time(
    request: &HttpRequest,
    payload: Payload,
    limits: &HttpConfig,
    max: usize,
) -> Result<Bytes, Problem> {
    check_length(request, max)?;
    tokio::time::timeout(limits.body_timeout(), read(payload, max))
        .await
        .map_err(|_elapsed| Problem::new(&reasons::BODY_TIMED_OUT))?
}

fn check_type(request: &HttpRequest) -> Result<(), Problem> {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(str::trim);
    match kind {
        Some(kind) if kind.eq_ignore_ascii_case("application/json") => Ok(()),
        _ => Err(Problem::new(&reasons::BODY_TYPE_UNSUPPORTED)),
    }
}

fn check_length(request: &HttpRequest, max: usize) -> Result<(), Problem> {
    let declared = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<usize>().ok());
    match declared {
        Some(length) if length > max => Err(too_large(max)),
        _ => Ok(()),
    }
}

async fn read(mut payload: Payload, max: usize) -> Result<Bytes, Problem> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_broken| {
            Problem::new(&reasons::JSON_INVALID).detail("the body ended before it was complete")
        })?;
        if bytes.len().saturating_add(chunk.remaining()) > max {
            return Err(too_large(max));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

fn too_large(max: usize) -> Problem {
    Problem::new(&reasons::BODY_TOO_LARGE).detail(format!("the body must be at most {max} bytes"))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let invalid = |detail: String| Problem::new(&reasons::JSON_INVALID).detail(detail);
    let json = json::parse(bytes).map_err(invalid)?;
    fields::read(json).map_err(|fault| {
        let problem = invalid(fault.to_string());
        if fault.field.is_empty() {
            problem
        } else {
            problem.field(fault.field, fault.message)
        }
    })
}

use std::sync::Arc;

use actix_web::{
    FromRequest, HttpRequest,
    dev::Payload,
    http::header,
    web::{Buf, Bytes, BytesMut, Data},
};
use futures_util::{StreamExt, future::LocalBoxFuture};
use serde::de::DeserializeOwned;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{fields, json};
use crate::edge::{
    config::HttpConfig,
    problem::{Problem, reasons},
};

/// The memory for request bodies that are being read (`http.max_body_memory_bytes`).
pub(crate) struct BodyMemory(Arc<Semaphore>);

impl BodyMemory {
    pub(crate) fn new(http: &HttpConfig) -> Self {
        let permits = http.max_body_memory_bytes.min(Semaphore::MAX_PERMITS);
        Self(Arc::new(Semaphore::new(permits)))
    }

    /// Reserves memory for a body of at most `bytes`. A client that waits would hold its connection and get no answer,
    /// so it is rejected.
    fn reserve(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Problem> {
        let permits = u32::try_from(bytes).unwrap_or(u32::MAX);
        let reserved = Arc::clone(&self.0).try_acquire_many_owned(permits);
        reserved.map_err(|_full| Problem::new(&reasons::OVERLOADED))
    }
}

/// A JSON body, deserialized. Unknown fields are rejected.
///
/// # Errors
/// `BODY_TYPE_UNSUPPORTED`, `BODY_TOO_LARGE`, `BODY_TIMED_OUT`, `JSON_INVALID` with the position or
/// the field, `OVERLOADED`.
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
            let body = read_in_time(&request, payload, limits, limits.max_body_bytes).await?;
            parse(&body.bytes).map(Self)
        })
    }
}

/// A body of at most `MAX` bytes, unparsed.
///
/// # Errors
/// `BODY_TOO_LARGE`, `BODY_TIMED_OUT`, `JSON_INVALID` if it ended early, `OVERLOADED`.
pub(crate) struct Raw<const MAX: usize>(pub(crate) Bytes);

impl<const MAX: usize> FromRequest for Raw<MAX> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let limits = limits(&request)?;
            let body = read_in_time(&request, payload, limits, MAX).await?;
            Ok(Self(body.bytes))
        })
    }
}

fn limits(request: &HttpRequest) -> Result<&HttpConfig, Problem> {
    let limits = request.app_data::<Data<HttpConfig>>();
    let limits = limits.ok_or_else(|| Problem::new(&reasons::INTERNAL))?;
    Ok(limits.get_ref())
}

/// A body that was read, with its share of the memory.
struct Received {
    bytes: Bytes,
    _memory: OwnedSemaphorePermit,
}

async fn read_in_time(
    request: &HttpRequest,
    payload: Payload,
    limits: &HttpConfig,
    max: usize,
) -> Result<Received, Problem> {
    let length = declared_length(request);
    if length.is_some_and(|length| length > max) {
        return Err(too_large(max));
    }
    let memory = request.app_data::<Data<BodyMemory>>();
    let memory = memory.ok_or_else(|| Problem::new(&reasons::INTERNAL))?;
    let memory = memory.reserve(length.unwrap_or(max))?;
    let bytes = tokio::time::timeout(limits.body_timeout(), read(payload, max))
        .await
        .map_err(|_elapsed| Problem::new(&reasons::BODY_TIMED_OUT))??;
    Ok(Received {
        bytes,
        _memory: memory,
    })
}

fn check_type(request: &HttpRequest) -> Result<(), Problem> {
    let mut values = request.headers().get_all(header::CONTENT_TYPE);
    let kind = values
        .next()
        .filter(|_| values.next().is_none())
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(str::trim);
    match kind {
        Some(kind) if kind.eq_ignore_ascii_case("application/json") => Ok(()),
        _ => Err(Problem::new(&reasons::BODY_TYPE_UNSUPPORTED)),
    }
}

/// The length of a body that is not sent in chunks.
fn declared_length(request: &HttpRequest) -> Option<usize> {
    if request.headers().contains_key(header::TRANSFER_ENCODING) {
        return None;
    }
    let Some(value) = request.headers().get(header::CONTENT_LENGTH) else {
        return Some(0);
    };
    let length: u64 = value.to_str().ok()?.trim().parse().ok()?;
    Some(usize::try_from(length).unwrap_or(usize::MAX))
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

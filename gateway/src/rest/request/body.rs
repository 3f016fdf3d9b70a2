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

use super::{
    fields::{self, Fault},
    json::{self, Json},
};
use crate::edge::{
    config::HttpConfig,
    problem::{Problem, reasons},
};

/// The memory for request bodies that are being read: `http.max_body_memory_bytes` for JSON, and as much for webhooks.
/// Webhooks are larger and come without a token, so they do not share it with customers.
pub(crate) struct BodyMemory {
    json: Arc<Semaphore>,
    raw: Arc<Semaphore>,
}

impl BodyMemory {
    pub(crate) fn new(http: &HttpConfig) -> Self {
        let permits = http.max_body_memory_bytes.min(Semaphore::MAX_PERMITS);
        Self {
            json: Arc::new(Semaphore::new(permits)),
            raw: Arc::new(Semaphore::new(permits)),
        }
    }
}

/// What one body takes of the memory.
struct Share {
    memory: Arc<Semaphore>,
    taken: Option<OwnedSemaphorePermit>,
}

impl Share {
    fn of(memory: &Arc<Semaphore>) -> Self {
        Self {
            memory: Arc::clone(memory),
            taken: None,
        }
    }

    /// Takes memory for `bytes` that have arrived: a length that is only announced keeps nobody out. A client that waits
    /// would hold its connection and get no answer, so it is rejected.
    fn take(&mut self, bytes: usize) -> Result<(), Problem> {
        let permits = u32::try_from(bytes).unwrap_or(u32::MAX);
        let more = Arc::clone(&self.memory).try_acquire_many_owned(permits);
        let more = more.map_err(|_full| Problem::new(&reasons::OVERLOADED))?;
        match &mut self.taken {
            Some(taken) => taken.merge(more),
            None => self.taken = Some(more),
        }
        Ok(())
    }
}

/// A JSON body, deserialized. Unknown fields are rejected.
///
/// # Errors
/// `BODY_TYPE_UNSUPPORTED`, `BODY_TOO_LARGE`, `BODY_TIMED_OUT`, `JSON_INVALID` with the position,
/// `VALIDATION_FAILED` with the field whose name or type is wrong, `OVERLOADED`.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest for Body<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let json = read_json(&request, payload, &["application/json"]).await?;
            fields::read(json).map_err(validated).map(Self)
        })
    }
}

/// Reads a JSON body of one of these types.
pub(super) async fn read_json(
    request: &HttpRequest,
    payload: Payload,
    types: &[&str],
) -> Result<Json, Problem> {
    let limits = limits(request)?;
    check_type(request, types)?;
    let mut share = Share::of(&memory(request)?.json);
    let max = limits.max_body_bytes;
    let bytes = read_in_time(request, payload, limits, max, &mut share).await?;
    json::parse(&bytes).map_err(invalid_json)
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
            let mut share = Share::of(&memory(&request)?.raw);
            let bytes = read_in_time(&request, payload, limits, MAX, &mut share).await?;
            Ok(Self(bytes))
        })
    }
}

fn limits(request: &HttpRequest) -> Result<&HttpConfig, Problem> {
    let limits = request.app_data::<Data<HttpConfig>>();
    let limits = limits.ok_or_else(|| Problem::new(&reasons::INTERNAL))?;
    Ok(limits.get_ref())
}

fn memory(request: &HttpRequest) -> Result<&BodyMemory, Problem> {
    let memory = request.app_data::<Data<BodyMemory>>();
    let memory = memory.ok_or_else(|| Problem::new(&reasons::INTERNAL))?;
    Ok(memory.get_ref())
}

async fn read_in_time(
    request: &HttpRequest,
    payload: Payload,
    limits: &HttpConfig,
    max: usize,
    share: &mut Share,
) -> Result<Bytes, Problem> {
    if declared_length(request).is_some_and(|length| length > max) {
        return Err(too_large(max));
    }
    tokio::time::timeout(limits.body_timeout(), read(payload, max, share))
        .await
        .map_err(|_elapsed| Problem::new(&reasons::BODY_TIMED_OUT))?
}

fn check_type(request: &HttpRequest, types: &[&str]) -> Result<(), Problem> {
    let mut values = request.headers().get_all(header::CONTENT_TYPE);
    let kind = values
        .next()
        .filter(|_| values.next().is_none())
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(str::trim);
    match kind {
        Some(kind) if types.iter().any(|known| kind.eq_ignore_ascii_case(known)) => Ok(()),
        _ => {
            let detail = format!("Content-Type must be {}", types.join(" or "));
            Err(Problem::new(&reasons::BODY_TYPE_UNSUPPORTED).detail(detail))
        }
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

async fn read(mut payload: Payload, max: usize, share: &mut Share) -> Result<Bytes, Problem> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_broken| {
            Problem::new(&reasons::JSON_INVALID).detail("the body ended before it was complete")
        })?;
        if bytes.len().saturating_add(chunk.remaining()) > max {
            return Err(too_large(max));
        }
        share.take(chunk.remaining())?;
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

fn too_large(max: usize) -> Problem {
    Problem::new(&reasons::BODY_TOO_LARGE).detail(format!("the body must be at most {max} bytes"))
}

/// The problem of a body that is no JSON, or no object.
pub(super) fn invalid_json(detail: String) -> Problem {
    Problem::new(&reasons::JSON_INVALID).detail(detail)
}

/// The problem of a body with a field that is wrong.
pub(super) fn validated(fault: Fault) -> Problem {
    match fault.field.is_empty() {
        true => invalid_json(fault.to_string()),
        false => {
            let problem = Problem::new(&reasons::VALIDATION_FAILED).detail(fault.to_string());
            problem.field(fault.field, fault.message)
        }
    }
}

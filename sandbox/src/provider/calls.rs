//! The HTTP side of a call: authentication, idempotency key, response headers, cut connections.

use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::{Call, Provider, Response};
use crate::auth;
use crate::error::ApiError;
use crate::faults::{Fault, Mode, Operation};
use crate::form::Form;
use crate::metrics::SANDBOX_CALLS;
use crate::model::Cause;
use crate::store::{Snapshot, Store, Transaction};

/// `Retry-After` of a 429 or 503, in seconds.
const RETRY_AFTER: &str = "1";

/// A response with what only HTTP needs.
struct HttpAnswer {
    response: Response,
    request_id: String,
    cut: bool,
}

/// Runs a call that changes something. It completes even if the caller disconnects, as at a real
/// provider.
pub(crate) async fn perform<F>(
    provider: web::Data<Provider>,
    request: HttpRequest,
    operation: Operation,
    form: Form,
    act: F,
) -> HttpResponse
where
    F: FnOnce(&mut Transaction<'_>, &Form) -> Result<Value, ApiError> + 'static,
{
    if let Err(error) = auth::check(&provider.secret_key, request.headers()) {
        return error_response(&error);
    }
    let key = match idempotency_key(&request) {
        Ok(key) => key,
        Err(error) => return error_response(&error),
    };
    let fingerprint = form.fingerprint(request.path());
    let work = async move {
        let in_flight = InFlightCall::new(&provider);
        let request_id = Store::new_id("req");
        let (result, after, cut) = match provider.inject(operation) {
            Err(error) => (Err(error), Duration::ZERO, false),
            Ok(injection) => {
                let (after, cut) = (injection.after, is_cut(injection.fault));
                let cause = Cause {
                    id: Some(request_id.clone()),
                    idempotency_key: key,
                };
                let call = Call {
                    fingerprint,
                    form,
                    cause,
                    injection,
                };
                (provider.act(call, act).await, after, cut)
            }
        };
        pause(after).await;
        drop(in_flight);
        HttpAnswer::of(operation, result, request_id, cut)
    };
    match actix_web::rt::spawn(work).await {
        Ok(answer) => answer.into_response(),
        Err(_) => error_response(&ApiError::injected(500)),
    }
}

/// Runs a call that only reads.
pub(crate) async fn query<F>(
    provider: web::Data<Provider>,
    request: HttpRequest,
    form: Form,
    read: F,
) -> HttpResponse
where
    F: FnOnce(&Snapshot, &Form) -> Result<Value, ApiError>,
{
    if let Err(error) = auth::check(&provider.secret_key, request.headers()) {
        return error_response(&error);
    }
    let _in_flight = InFlightCall::new(&provider);
    let injection = match provider.inject(Operation::Read) {
        Ok(injection) => injection,
        Err(error) => return error_response(&error),
    };
    pause(injection.before).await;
    let result = match injection.fault {
        Some(Fault::Fail(status, Mode::Refuse | Mode::Store)) => Err(ApiError::injected(status)),
        Some(Fault::CutBefore | Fault::CutAfter) => Err(ApiError::cut()),
        _ => provider
            .read()
            .and_then(|snapshot| read(&snapshot, &form))
            .map(|body| Response::of(200, &body)),
    };
    pause(injection.after).await;
    let cut = is_cut(injection.fault);
    HttpAnswer::of(Operation::Read, result, Store::new_id("req"), cut).into_response()
}

fn is_cut(fault: Option<Fault>) -> bool {
    matches!(fault, Some(Fault::CutBefore | Fault::CutAfter))
}

impl HttpAnswer {
    fn of(
        operation: Operation,
        result: Result<Response, ApiError>,
        request_id: String,
        cut: bool,
    ) -> Self {
        let response = result.unwrap_or_else(|error| Response::of(error.status(), &error.body()));
        let (status, replayed) = (response.status, response.replayed);
        tracing::debug!(?operation, status, replayed, cut, "call completed");
        let label = if cut {
            "cut".to_owned()
        } else {
            status.to_string()
        };
        SANDBOX_CALLS.of((operation, &label)).inc();
        Self {
            response,
            request_id,
            cut,
        }
    }

    fn into_response(self) -> HttpResponse {
        if self.cut {
            return cut_connection();
        }
        let mut response = HttpResponse::build(status_code(self.response.status));
        response.insert_header(("Request-Id", self.request_id));
        if self.response.replayed {
            response.insert_header(("Idempotent-Replayed", "true"));
        }
        if matches!(self.response.status, 429 | 503) {
            response.insert_header(("Retry-After", RETRY_AFTER));
        }
        response
            .content_type(ContentType::json())
            .body(String::from(self.response.body))
    }
}

pub(crate) fn error_response(error: &ApiError) -> HttpResponse {
    HttpResponse::build(status_code(error.status())).json(error.body())
}

/// A body that fails before its first byte, so that the server closes the connection without a
/// response.
fn cut_connection() -> HttpResponse {
    let failing = futures_util::stream::once(async {
        Err::<web::Bytes, _>(std::io::Error::other("connection cut by an injected fault"))
    });
    HttpResponse::Ok().streaming(failing)
}

fn idempotency_key(request: &HttpRequest) -> Result<Option<String>, ApiError> {
    let Some(value) = request.headers().get("Idempotency-Key") else {
        return Ok(None);
    };
    match value.to_str() {
        Ok(key) if (1..=255).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(ApiError::malformed(
            "An Idempotency-Key has 1 to 255 characters of ASCII.",
        )),
    }
}

pub(super) async fn pause(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Counts a call as in flight until it is dropped.
struct InFlightCall<'a>(&'a Provider);

impl<'a> InFlightCall<'a> {
    fn new(provider: &'a Provider) -> Self {
        provider.calls.fetch_add(1, Ordering::Relaxed);
        Self(provider)
    }
}

impl Drop for InFlightCall<'_> {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::Relaxed);
    }
}

//! A call over HTTP, around what it is about.

use std::sync::atomic::Ordering;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::{Call, Provider, Saved};
use crate::auth;
use crate::book::{Book, Look, Page};
use crate::error::ApiError;
use crate::faults::{Fault, Mode, Operation};
use crate::form::Form;
use crate::metrics::SANDBOX_CALLS;
use crate::model::Cause;

/// Seconds that a caller who was told to come later is asked to wait.
const RETRY_AFTER: &str = "1";

/// What goes back over the wire.
struct Answer {
    saved: Saved,
    request_id: String,
    cut: bool,
}

/// Performs a call that changes something. What it does goes on when the caller hangs up, as at a
/// real provider.
pub(crate) async fn perform<F>(
    provider: web::Data<Provider>,
    request: HttpRequest,
    operation: Operation,
    form: Form,
    act: F,
) -> HttpResponse
where
    F: FnOnce(&mut Page<'_>, &Form) -> Result<Value, ApiError> + 'static,
{
    if let Err(error) = auth::check(&provider.secret_key, request.headers()) {
        return refuse(&error);
    }
    let key = match idempotency_key(&request) {
        Ok(key) => key,
        Err(error) => return refuse(&error),
    };
    let fingerprint = form.fingerprint(request.path());
    let work = async move {
        let running = Counted::new(&provider);
        let request_id = Book::new_id("req");
        let (result, after, cut) = match provider.harm(operation) {
            Err(error) => (Err(error), Duration::ZERO, false),
            Ok(harm) => {
                let (after, cut) = (harm.after, is_cut(harm.fault));
                let cause = Cause {
                    id: Some(request_id.clone()),
                    idempotency_key: key,
                };
                let call = Call {
                    request: fingerprint,
                    form,
                    cause,
                    harm,
                };
                (provider.act(call, act).await, after, cut)
            }
        };
        pause(after).await;
        drop(running);
        Answer::of(operation, result, request_id, cut)
    };
    match actix_web::rt::spawn(work).await {
        Ok(answer) => answer.into_response(),
        Err(_) => refuse(&ApiError::injected(500)),
    }
}

/// Answers a call that only reads.
pub(crate) async fn show<F>(
    provider: web::Data<Provider>,
    request: HttpRequest,
    form: Form,
    read: F,
) -> HttpResponse
where
    F: FnOnce(&Look, &Form) -> Result<Value, ApiError>,
{
    if let Err(error) = auth::check(&provider.secret_key, request.headers()) {
        return refuse(&error);
    }
    let _running = Counted::new(&provider);
    let harm = match provider.harm(Operation::Read) {
        Ok(harm) => harm,
        Err(error) => return refuse(&error),
    };
    pause(harm.before).await;
    let result = match harm.fault {
        Some(Fault::Fail(status, Mode::Refuse | Mode::Store)) => Err(ApiError::injected(status)),
        Some(Fault::CutBefore | Fault::CutAfter) => Err(ApiError::cut()),
        _ => provider
            .look()
            .and_then(|look| read(&look, &form))
            .map(|body| Saved::of(200, &body)),
    };
    pause(harm.after).await;
    let cut = is_cut(harm.fault);
    Answer::of(Operation::Read, result, Book::new_id("req"), cut).into_response()
}

fn is_cut(fault: Option<Fault>) -> bool {
    matches!(fault, Some(Fault::CutBefore | Fault::CutAfter))
}

impl Answer {
    fn of(
        operation: Operation,
        result: Result<Saved, ApiError>,
        request_id: String,
        cut: bool,
    ) -> Self {
        let saved = result.unwrap_or_else(|error| Saved::of(error.status(), &error.body()));
        let (status, replayed) = (saved.status, saved.replayed);
        tracing::debug!(?operation, status, replayed, cut, "answered");
        let answer = if cut {
            "cut".to_owned()
        } else {
            status.to_string()
        };
        SANDBOX_CALLS.of((operation, &answer)).inc();
        Self {
            saved,
            request_id,
            cut,
        }
    }

    fn into_response(self) -> HttpResponse {
        if self.cut {
            return cut_off();
        }
        let mut response = HttpResponse::build(status_code(self.saved.status));
        response.insert_header(("Request-Id", self.request_id));
        if self.saved.replayed {
            response.insert_header(("Idempotent-Replayed", "true"));
        }
        if matches!(self.saved.status, 429 | 503) {
            response.insert_header(("Retry-After", RETRY_AFTER));
        }
        response
            .content_type(ContentType::json())
            .body(String::from(self.saved.body))
    }
}

pub(crate) fn refuse(error: &ApiError) -> HttpResponse {
    HttpResponse::build(status_code(error.status())).json(error.body())
}

/// A body that breaks before its first byte: the server cuts the connection without an answer.
fn cut_off() -> HttpResponse {
    let broken = futures_util::stream::once(async {
        Err::<web::Bytes, _>(std::io::Error::other("the connection is cut on purpose"))
    });
    HttpResponse::Ok().streaming(broken)
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

/// A running call, for as long as this lives.
struct Counted<'a>(&'a Provider);

impl<'a> Counted<'a> {
    fn new(provider: &'a Provider) -> Self {
        provider.calls.fetch_add(1, Ordering::Relaxed);
        Self(provider)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::Relaxed);
    }
}

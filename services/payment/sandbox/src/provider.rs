//! The way of every call: key, harm, idempotency, act, answer.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use kernel::Clock;
use secrecy::SecretString;
use serde_json::Value;

use crate::auth;
use crate::book::{Book, Claim, Fingerprint, Saved};
use crate::error::ApiError;
use crate::faults::{Faults, Harm, Operation};
use crate::form::Form;

/// The provider: its memory and the harm it was told to do.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) secret_key: SecretString,
    clock: Clock,
    book: Mutex<Book>,
    faults: Mutex<Faults>,
}

/// What the handlers see while they act.
pub(crate) struct Act<'a> {
    pub(crate) book: &'a mut Book,
    pub(crate) form: &'a Form,
    pub(crate) now: DateTime<Utc>,
}

/// What comes of a call.
struct Answer {
    status: u16,
    body: Box<str>,
    replayed: bool,
    lost: bool,
}

impl Provider {
    pub(crate) fn new(secret_key: SecretString, limit: usize, clock: Clock) -> Self {
        Self {
            secret_key,
            clock,
            book: Mutex::new(Book::new(limit)),
            faults: Mutex::new(Faults::default()),
        }
    }

    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Acts at most once per idempotency key.
    async fn run<F>(
        &self,
        request: Fingerprint,
        key: Option<&str>,
        form: &Form,
        harm: &Harm,
        act: F,
    ) -> Result<(Saved, bool), ApiError>
    where
        F: FnOnce(Act<'_>) -> Result<Value, ApiError>,
    {
        if let Some(status) = harm.fail {
            return Err(ApiError::injected(status));
        }
        if let Some(key) = key
            && let Claim::Replay(saved) = self.book().claim(key, request)?
        {
            return Ok((saved, true));
        }
        pause(harm.before).await;
        let mut book = self.book();
        let now = self.now();
        let result = act(Act {
            book: &mut book,
            form,
            now,
        });
        let acted = result.as_ref().err().is_none_or(ApiError::acted);
        let answer = match &result {
            Ok(body) => (200, text(body)),
            Err(error) => saved(error),
        };
        if let Some(key) = key {
            book.finish(key, acted.then(|| answer.clone()));
        }
        Ok((answer, false))
    }
}

/// Performs a call. What it does goes on when the caller hangs up, as at a real provider.
pub(crate) async fn perform<F>(
    provider: web::Data<Provider>,
    request: HttpRequest,
    operation: Operation,
    form: Form,
    act: F,
) -> HttpResponse
where
    F: FnOnce(Act<'_>) -> Result<Value, ApiError> + 'static,
{
    if let Err(error) = auth::check(&provider.secret_key, request.headers()) {
        return refuse(&error);
    }
    let key = match idempotency_key(&request, operation) {
        Ok(key) => key,
        Err(error) => return refuse(&error),
    };
    let fingerprint = form.fingerprint(request.path());
    let work = async move {
        let harm = provider.faults().take(operation);
        let done = provider
            .run(fingerprint, key.as_deref(), &form, &harm, act)
            .await;
        pause(harm.after).await;
        let ((status, body), replayed) = done.unwrap_or_else(|error| (saved(&error), false));
        tracing::debug!(?operation, status, replayed, lost = harm.lose, "answered");
        metrics::counter!("sandbox_calls_total", "operation" => name(operation), "status" => status.to_string())
            .increment(1);
        Answer {
            status,
            body,
            replayed,
            lost: harm.lose,
        }
    };
    match actix_web::rt::spawn(work).await {
        Ok(answer) => answer.into_response(),
        Err(_) => refuse(&ApiError::injected(500)),
    }
}

impl Answer {
    fn into_response(self) -> HttpResponse {
        if self.lost {
            return cut_off();
        }
        let mut response = HttpResponse::build(status_code(self.status));
        response.insert_header(("Request-Id", Book::new_id("req")));
        if self.replayed {
            response.insert_header(("Idempotent-Replayed", "true"));
        }
        response
            .content_type(ContentType::json())
            .body(String::from(self.body))
    }
}

pub(crate) fn refuse(error: &ApiError) -> HttpResponse {
    HttpResponse::build(status_code(error.status())).json(error.body())
}

/// A body that breaks before its first byte: the server cuts the connection without an answer.
fn cut_off() -> HttpResponse {
    let broken = futures_util::stream::once(async {
        Err::<web::Bytes, _>(std::io::Error::other("the answer was lost on purpose"))
    });
    HttpResponse::Ok().streaming(broken)
}

fn saved(error: &ApiError) -> Saved {
    (error.status(), text(&error.body()))
}

fn text(body: &Value) -> Box<str> {
    body.to_string().into_boxed_str()
}

fn idempotency_key(
    request: &HttpRequest,
    operation: Operation,
) -> Result<Option<String>, ApiError> {
    let Some(value) = request.headers().get("Idempotency-Key") else {
        return Ok(None);
    };
    if operation == Operation::Read {
        return Ok(None);
    }
    match value.to_str() {
        Ok(key) if (1..=255).contains(&key.len()) => Ok(Some(key.to_owned())),
        _ => Err(ApiError::malformed(
            "An Idempotency-Key has 1 to 255 characters of ASCII.",
        )),
    }
}

async fn pause(time: Duration) {
    if !time.is_zero() {
        tokio::time::sleep(time).await;
    }
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn name(operation: Operation) -> &'static str {
    match operation {
        Operation::Create => "create",
        Operation::Confirm => "confirm",
        Operation::Capture => "capture",
        Operation::Cancel => "cancel",
        Operation::Refund => "refund",
        Operation::Read => "read",
    }
}

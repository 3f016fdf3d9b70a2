//! One call to an upstream: what is checked before it, what it takes along, when it is repeated.

use std::sync::Arc;
use std::time::Duration;

use http::header::{AUTHORIZATION, USER_AGENT};
use http::request::Parts;
use http::{HeaderValue, Request, Response, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use instruments::upstream::{
    UPSTREAM_CALLS_REFUSED, UPSTREAM_CIRCUIT_OPEN, UPSTREAM_RETRIES, UPSTREAM_RETRIES_DENIED,
};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tonic::body::Body;
use tonic::{Code, Status};
use tracing::{Instrument, Span, field};

use super::breaker::{Breaker, Change, Ticket};
use super::budget::Budget;
use super::context::CallContext;
use super::metrics::{Method, Methods};
use super::replicas::{Replicas, Trouble};
use super::wire;
use crate::reject::{self, Reject};
use crate::telemetry;

const FIRST_BACKOFF: Duration = Duration::from_millis(20);
const LAST_BACKOFF: Duration = Duration::from_millis(500);
const AGENT: HeaderValue =
    HeaderValue::from_static(concat!("mercantile/", env!("CARGO_PKG_VERSION")));

/// What all clones of an upstream share.
pub(super) struct Shared {
    pub(super) name: &'static str,
    pub(super) timeout: Duration,
    pub(super) max_attempts: u32,
    pub(super) room: Arc<Semaphore>,
    pub(super) breaker: Breaker,
    pub(super) budget: Budget,
    /// The value says whether the RPC may be repeated.
    pub(super) methods: Methods<bool>,
}

impl Shared {
    pub(super) async fn call(
        self: Arc<Self>,
        replicas: Arc<Replicas>,
        mut request: Request<Body>,
    ) -> Result<Response<Body>, Status> {
        let uri = request.uri().clone();
        let (method, repeatable) = self.methods.get(uri.path());
        let measure = method.measure();
        let context = CallContext::current();
        let now = Instant::now();
        let deadline = now + self.timeout;
        // The caller's own, to the tick: it also waits until then, and if it gave up first nobody would
        // hear that the upstream hangs.
        let deadline = context
            .as_ref()
            .map_or(deadline, |context| context.deadline().min(deadline));
        if deadline <= now {
            measure.finish(Code::DeadlineExceeded);
            self.refused("no_time");
            return Err(wire::deadline_exceeded());
        }
        let Ok(_room) = self.room.try_acquire() else {
            measure.finish(Code::ResourceExhausted);
            self.refused("overloaded");
            return Err(self.overloaded());
        };
        if let Some(authorization) = context.as_ref().and_then(CallContext::authorization) {
            let headers = request.headers_mut();
            headers
                .entry(AUTHORIZATION)
                .or_insert_with(|| authorization.clone());
        }
        let span = self.span(method);
        let answered = self
            .attempts(&replicas, request, deadline, repeatable == Some(&true))
            .instrument(span.clone())
            .await;
        let code = code_of(&answered);
        wire::note(&span, code, code != Code::Ok);
        measure.finish(code);
        answered
    }

    async fn attempts(
        &self,
        replicas: &Replicas,
        mut request: Request<Body>,
        deadline: Instant,
        repeatable: bool,
    ) -> Result<Response<Body>, Status> {
        telemetry::put_context(request.headers_mut());
        self.budget.earn();
        let max_attempts = if repeatable { self.max_attempts } else { 1 };
        let (mut parts, body) = request.into_parts();
        let path = parts.uri.into_parts().path_and_query;
        parts.uri = replicas.way().dial.target(path);
        parts.headers.entry(USER_AGENT).or_insert(AGENT);
        // One message, whole: it may have to be sent to another replica.
        let body = body.collect().await?.to_bytes();
        let mut avoid = None;
        let mut attempt = 1;
        loop {
            // An open breaker ends it at once: another try would meet it, too.
            let pass = self.pass()?;
            let left = deadline.saturating_duration_since(Instant::now());
            let timeout = wire::timeout_value(left);
            parts.headers.insert(wire::GRPC_TIMEOUT, timeout);
            let sent = replicas.send(|| request_of(&parts, &body), &mut avoid);
            let answered = match tokio::time::timeout_at(deadline, sent).await {
                Ok(Ok(response)) => Ok(response),
                Ok(Err(trouble)) => Err(self.unreachable(&trouble)),
                Err(_elapsed) => Err(wire::deadline_exceeded()),
            };
            match self.verdict(&answered, left) {
                Some(failed) => {
                    if failed {
                        replicas.suspect(avoid);
                    }
                    pass.record(failed);
                }
                None => drop(pass),
            }
            let worth_it = is_unreachable(&answered) && attempt < max_attempts;
            if !worth_it || !self.may_retry(attempt, deadline).await {
                return answered;
            }
            attempt += 1;
            tracing::debug!(upstream = self.name, attempt, "trying again");
        }
    }

    /// Waits before the next try; false if there is no time or no budget for it.
    async fn may_retry(&self, attempt: u32, deadline: Instant) -> bool {
        let longest = FIRST_BACKOFF
            .saturating_mul(2_u32.saturating_pow(attempt - 1))
            .min(LAST_BACKOFF);
        let pause = longest.mul_f64(rand::random_range(0.5..1.0));
        let now = Instant::now();
        if now + pause >= deadline {
            return false;
        }
        if !self.budget.spend(now) {
            UPSTREAM_RETRIES_DENIED.of([self.name]).inc();
            return false;
        }
        UPSTREAM_RETRIES.of([self.name]).inc();
        tokio::time::sleep(pause).await;
        true
    }

    /// Whether the upstream failed. A caller that left us no time proves nothing about it,
    /// neither that it is ill nor, above all, that it is well again.
    fn verdict(&self, answered: &Result<Response<Body>, Status>, left: Duration) -> Option<bool> {
        match code_of(answered) {
            Code::Unavailable => Some(is_unreachable(answered)),
            Code::DeadlineExceeded if left < self.timeout / 2 => None,
            Code::DeadlineExceeded => Some(true),
            _ => Some(false),
        }
    }

    fn pass(&self) -> Result<Pass<'_>, Status> {
        match self.breaker.admit(Instant::now()) {
            Ok(ticket) => Ok(Pass {
                shared: self,
                ticket,
                recorded: false,
            }),
            Err(pause) => {
                self.refused("circuit_open");
                Err(self.away().retry_after(pause).into())
            }
        }
    }

    fn refused(&self, reason: &'static str) {
        UPSTREAM_CALLS_REFUSED.of([self.name, reason]).inc();
    }

    fn unreachable(&self, trouble: &Trouble) -> Status {
        let cause = source_text(trouble);
        tracing::debug!(upstream = self.name, cause, "no answer");
        self.away().retry_after(Duration::from_secs(1)).into()
    }

    fn away(&self) -> Reject {
        let message = format!("{} is not available right now, try again soon", self.name);
        Reject::unavailable(reject::UNAVAILABLE, message).metadata("upstream", self.name)
    }

    fn overloaded(&self) -> Status {
        let message = format!("too many calls to {} at the same time", self.name);
        Reject::resource_exhausted(reject::OVERLOADED, message)
            .metadata("upstream", self.name)
            .retry_after(Duration::from_secs(1))
            .into()
    }

    fn span(&self, method: &Method) -> Span {
        if telemetry::is_unrecorded() {
            return Span::none();
        }
        // `debug`: traced (see `telemetry`), but no part of the log's lines.
        tracing::debug_span!(
            "rpc.client",
            otel.name = method.name,
            otel.kind = "client",
            otel.status_code = field::Empty,
            rpc.system.name = "grpc",
            rpc.method = method.name,
            rpc.response.status_code = field::Empty,
            server.address = self.name,
            error.type = field::Empty,
        )
    }

    fn tell(&self, change: Change) {
        let open = match change {
            Change::None => return,
            Change::Opened => {
                tracing::warn!(
                    upstream = self.name,
                    "too many failures: calls are refused for a while"
                );
                true
            }
            Change::Closed => {
                tracing::info!(upstream = self.name, "answers again");
                false
            }
        };
        UPSTREAM_CIRCUIT_OPEN.of([self.name]).set(open);
    }
}

/// The breaker's ticket, given back even if the call is dropped.
struct Pass<'a> {
    shared: &'a Shared,
    ticket: Ticket,
    recorded: bool,
}

impl Pass<'_> {
    fn record(mut self, failed: bool) {
        self.recorded = true;
        let breaker = &self.shared.breaker;
        self.shared
            .tell(breaker.record(self.ticket, failed, Instant::now()));
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if !self.recorded {
            self.shared.breaker.abandon(self.ticket, Instant::now());
        }
    }
}

fn request_of(parts: &Parts, body: &Bytes) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::new(body.clone()));
    *request.method_mut() = parts.method.clone();
    *request.uri_mut() = parts.uri.clone();
    *request.version_mut() = Version::HTTP_2;
    *request.headers_mut() = parts.headers.clone();
    request
}

fn code_of(answered: &Result<Response<Body>, Status>) -> Code {
    match answered {
        Ok(response) => wire::code(response.headers()),
        Err(status) => status.code(),
    }
}

/// Whether the upstream could not be reached. One that says in its own words that something it needs
/// is away has been reached: it has tried, and said when to come back. Asking it again at once would
/// multiply the tries at each level, and not asking it at all would take away what still works.
fn is_unreachable(answered: &Result<Response<Body>, Status>) -> bool {
    let explained = |response: &Response<Body>| response.headers().contains_key(wire::DETAILS);
    code_of(answered) == Code::Unavailable && !answered.as_ref().is_ok_and(explained)
}

fn source_text(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

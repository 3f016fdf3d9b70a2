//! One call to an upstream: its checks, headers and retries.

use std::sync::Arc;
use std::time::Duration;

use chassis::call::{CallContext, ClientNetwork, MeasuredMethod, MeasuredMethods, headers};
use chassis::status::{self, Reject};
use chassis::telemetry;
use http::header::{AUTHORIZATION, USER_AGENT};
use http::request::Parts;
use http::{HeaderValue, Request, Response, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tonic::body::Body;
use tonic::{Code, Status};
use tracing::{Instrument, Span, field};

use crate::backoff::Backoff;
use crate::balancer::{Balancer, Error};
use crate::breaker::{Admission, Breaker};
use crate::metrics::{Refused, UPSTREAM_CALLS_REFUSED, UPSTREAM_RETRIES, UPSTREAM_RETRIES_DENIED};
use crate::retry_budget::RetryBudget;

const RETRY: Backoff = Backoff::from_millis(20, 500);
const AGENT: HeaderValue =
    HeaderValue::from_static(concat!("mercantile/", env!("CARGO_PKG_VERSION")));

/// State shared by all clones of an upstream.
pub(crate) struct Shared {
    pub(crate) name: &'static str,
    pub(crate) timeout: Duration,
    pub(crate) max_attempts: u32,
    /// The concurrency limit: one permit per call in flight.
    pub(crate) slots: Arc<Semaphore>,
    pub(crate) breaker: Breaker,
    pub(crate) retry_budget: RetryBudget,
    /// The value says whether the RPC is idempotent.
    pub(crate) methods: MeasuredMethods<bool>,
}

impl Shared {
    pub(crate) async fn call(
        self: Arc<Self>,
        balancer: Arc<Balancer>,
        mut request: Request<Body>,
    ) -> Result<Response<Body>, Status> {
        let uri = request.uri().clone();
        let (method, idempotent) = self.methods.get(uri.path());
        let measure = method.measure();
        let context = CallContext::current();
        let now = Instant::now();
        let deadline = now + self.timeout;
        // Not earlier than the caller's deadline: the caller's own breaker has to see a timeout.
        let deadline = context
            .as_ref()
            .map_or(deadline, |context| context.deadline().min(deadline));
        if deadline <= now {
            measure.finish(Code::DeadlineExceeded);
            self.refused(Refused::NoTime);
            return Err(headers::deadline_exceeded());
        }
        let Ok(_slot) = self.slots.try_acquire() else {
            measure.finish(Code::ResourceExhausted);
            self.refused(Refused::Overloaded);
            return Err(self.overloaded());
        };
        if let Some(authorization) = context.as_ref().and_then(CallContext::authorization) {
            let headers = request.headers_mut();
            headers
                .entry(AUTHORIZATION)
                .or_insert_with(|| authorization.clone());
        }
        let network = context.as_ref().and_then(CallContext::client_network);
        if let Some(value) = network.and_then(ClientNetwork::header) {
            request.headers_mut().insert(headers::CLIENT_NETWORK, value);
        }
        let span = self.span(method);
        let answered = self
            .attempts(&balancer, request, deadline, idempotent == Some(&true))
            .instrument(span.clone())
            .await;
        let code = code_of(&answered);
        headers::record(&span, code, code != Code::Ok);
        measure.finish(code);
        answered
    }

    async fn attempts(
        &self,
        balancer: &Balancer,
        mut request: Request<Body>,
        deadline: Instant,
        idempotent: bool,
    ) -> Result<Response<Body>, Status> {
        telemetry::put_context(request.headers_mut());
        self.retry_budget.earn();
        let max_attempts = if idempotent { self.max_attempts } else { 1 };
        let (mut parts, body) = request.into_parts();
        let path = parts.uri.into_parts().path_and_query;
        parts.uri = balancer.target().connector.uri(path);
        parts.headers.entry(USER_AGENT).or_insert(AGENT);
        // Read to the end, because it may have to be sent to another endpoint.
        let body = body.collect().await?.to_bytes();
        let mut endpoint = None;
        let mut attempt = 1;
        loop {
            // An open breaker ends the call at once: it would also reject a retry.
            let admission = self.admit()?;
            let left = deadline.saturating_duration_since(Instant::now());
            let timeout = headers::timeout_value(left);
            parts.headers.insert(headers::GRPC_TIMEOUT, timeout);
            let sent = balancer.send(|| request_of(&parts, &body), &mut endpoint);
            let answered = match tokio::time::timeout_at(deadline, sent).await {
                Ok(Ok(response)) => Ok(response),
                Ok(Err(error)) => Err(self.unreachable(error)),
                Err(_elapsed) => Err(headers::deadline_exceeded()),
            };
            match self.outcome(&answered, left) {
                Some(failed) => {
                    if let Some(endpoint) = &endpoint {
                        endpoint.record(failed);
                    }
                    admission.record(failed);
                }
                None => drop(admission),
            }
            let retry = is_unreachable(&answered) && attempt < max_attempts;
            if !retry || !self.may_retry(attempt, deadline).await {
                return answered;
            }
            attempt += 1;
            tracing::debug!(upstream = self.name, attempt, "retrying");
        }
    }

    /// Waits before the next attempt; false if the deadline or the budget does not allow one.
    async fn may_retry(&self, attempt: u32, deadline: Instant) -> bool {
        let pause = RETRY.after(attempt - 1);
        let now = Instant::now();
        if now + pause >= deadline {
            return false;
        }
        if !self.retry_budget.spend(now) {
            UPSTREAM_RETRIES_DENIED.of(self.name).inc();
            return false;
        }
        UPSTREAM_RETRIES.of(self.name).inc();
        tokio::time::sleep(pause).await;
        true
    }

    /// Whether the upstream failed; `None` if the deadline was too short to know.
    fn outcome(&self, answered: &Result<Response<Body>, Status>, left: Duration) -> Option<bool> {
        match code_of(answered) {
            Code::Unavailable => Some(is_unreachable(answered)),
            Code::DeadlineExceeded if left < self.timeout / 2 => None,
            Code::DeadlineExceeded => Some(true),
            _ => Some(false),
        }
    }

    fn admit(&self) -> Result<Admission<'_>, Status> {
        self.breaker.admission(self.name).map_err(|pause| {
            self.refused(Refused::CircuitOpen);
            self.unavailable().retry_after(pause).into()
        })
    }

    fn refused(&self, reason: Refused) {
        UPSTREAM_CALLS_REFUSED.of((self.name, reason)).inc();
    }

    fn unreachable(&self, error: Error) -> Status {
        let cause = format!("{:#}", anyhow::Error::new(error));
        tracing::debug!(upstream = self.name, cause, "no response");
        self.unavailable()
            .retry_after(Duration::from_secs(1))
            .into()
    }

    fn unavailable(&self) -> Reject {
        let message = format!("{} is not available right now, try again soon", self.name);
        Reject::unavailable(status::UNAVAILABLE, message).metadata("upstream", self.name)
    }

    fn overloaded(&self) -> Status {
        let message = format!("too many calls to {} in flight", self.name);
        Reject::resource_exhausted(status::OVERLOADED, message)
            .metadata("upstream", self.name)
            .retry_after(Duration::from_secs(1))
            .into()
    }

    fn span(&self, method: &MeasuredMethod) -> Span {
        if telemetry::is_unrecorded() {
            return Span::none();
        }
        // `debug`: included in traces (see `telemetry`), but not in log lines.
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
        Ok(response) => headers::code(response.headers()),
        Err(status) => status.code(),
    }
}

/// Whether the upstream could not be reached. An upstream that responds `UNAVAILABLE` with details was
/// reached, but one of its dependencies is unavailable. A retry at once would multiply the attempts at
/// each level, and an open breaker would also reject calls that still work.
fn is_unreachable(answered: &Result<Response<Body>, Status>) -> bool {
    let explained = |response: &Response<Body>| response.headers().contains_key(headers::DETAILS);
    code_of(answered) == Code::Unavailable && !answered.as_ref().is_ok_and(explained)
}

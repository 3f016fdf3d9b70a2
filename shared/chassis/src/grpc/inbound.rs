//! The checks before every handler, in this order: the RPC is in the policy table, a slot is free,
//! the deadline is set, the token is valid, the policy allows the caller. Each call is measured and
//! traced, however it ends.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use contracts::callers::Callers;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::header::AUTHORIZATION;
use http::{Request, Response};
use http_body_util::{BodyExt, Limited};
use tokio::sync::Semaphore;
use tonic::body::Body;
use tonic::service::Routes;
use tonic::transport::server::{TcpConnectInfo, TlsConnectInfo};
use tonic::{Code, Status};
use tower::{Layer, Service};
use tracing::{Instrument, Span, field};

use crate::auth::{Access, Keys, Policy};
use crate::call::{CallContext, ClientNetwork, MeasuredMethod, MeasuredMethods, RPCS, headers};
use crate::metrics::rpc::RPC_SERVER_CALLS_SHED;
use crate::shutdown::panic_text;
use crate::status::{self, FORBIDDEN, Reject};
use crate::telemetry;

/// How a server treats a path.
pub(super) enum Row {
    /// An RPC with a row in the policy table.
    Listed(Access, Callers),
    /// Health and reflection: open to everyone, not traced, not counted.
    Infrastructure,
}

/// State shared by all calls of a server.
pub(super) struct Shared {
    pub(super) methods: MeasuredMethods<Row>,
    pub(super) keys: Keys,
    pub(super) slots: Arc<Semaphore>,
    pub(super) default_timeout: Duration,
    pub(super) max_timeout: Duration,
    pub(super) max_message_bytes: usize,
}

#[derive(Clone)]
pub(super) struct InboundLayer(pub(super) Arc<Shared>);

impl Layer<Routes> for InboundLayer {
    type Service = Inbound;

    fn layer(&self, routes: Routes) -> Inbound {
        Inbound {
            shared: Arc::clone(&self.0),
            routes,
        }
    }
}

#[derive(Clone)]
pub(super) struct Inbound {
    shared: Arc<Shared>,
    routes: Routes,
}

impl Service<Request<Body>> for Inbound {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(())) // routes are always ready; `call` rejects calls above the limit
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let shared = Arc::clone(&self.shared);
        let routes = self.routes.clone();
        let budget = headers::timeout(request.headers())
            .unwrap_or(shared.default_timeout)
            .min(shared.max_timeout);
        let context = CallContext::new(budget);
        async move {
            let uri = request.uri().clone();
            let (method, row) = shared.methods.get(uri.path());
            let row = match row {
                Some(Row::Infrastructure) => return pass(routes, request).await,
                Some(Row::Listed(access, callers)) => Some((*access, *callers)),
                None => None,
            };
            let measure = method.measure();
            let span = span(method, &request);
            let answered = shared
                .answer(routes, request, context, row, uri.path())
                .instrument(span.clone())
                .await;
            let response = answered.unwrap_or_else(Status::into_http);
            let code = headers::code(response.headers());
            headers::record(&span, code, headers::is_server_error(code));
            span.in_scope(|| tracing::debug!(?code, "answered"));
            // Inside the span, so that its trace becomes the exemplar.
            span.in_scope(|| measure.finish(code));
            Ok(response)
        }
        .boxed()
    }
}

impl Shared {
    async fn answer(
        &self,
        routes: Routes,
        request: Request<Body>,
        context: CallContext,
        row: Option<(Access, Callers)>,
        path: &str,
    ) -> Result<Response<Body>, Status> {
        let Some((access, callers)) = row else {
            return Err(unlisted(path).into());
        };
        if !is_caller(&request, callers) {
            tracing::error!(
                path,
                ?callers,
                "denied: the certificate is of another process"
            );
            let message = "this process may not make this call";
            return Err(Reject::permission_denied(FORBIDDEN, message).into());
        }
        let Ok(_slot) = self.slots.try_acquire() else {
            RPC_SERVER_CALLS_SHED.inc();
            tracing::debug!(path, "shed: too many calls in flight");
            return Err(Reject::resource_exhausted(
                status::OVERLOADED,
                "too many calls in flight, try again soon",
            )
            .retry_after(Duration::from_secs(1))
            .into());
        };
        let authorization = request.headers().get(AUTHORIZATION).cloned();
        let network = ClientNetwork::in_headers(request.headers());
        let context = context
            .with_authorization(authorization)
            .with_client_network(network);
        let deadline = context.deadline();
        let handled = AssertUnwindSafe(context.scope(self.admit(routes, request, access)));
        match tokio::time::timeout_at(deadline, handled.catch_unwind()).await {
            Ok(Ok(response)) => response,
            Ok(Err(panic)) => {
                tracing::error!(
                    path,
                    panic = panic_text(panic.as_ref()),
                    "a handler panicked"
                );
                let message = "something went wrong on our side";
                Err(Reject::new(Code::Internal, status::INTERNAL, message).into())
            }
            Err(_elapsed) => Err(headers::deadline_exceeded()),
        }
    }

    async fn admit(
        &self,
        routes: Routes,
        mut request: Request<Body>,
        access: Access,
    ) -> Result<Response<Body>, Status> {
        let caller = match headers::bearer(request.headers()) {
            Ok(None) => None,
            Ok(Some(token)) => Some(self.keys.verify(token).await?),
            Err(reject) => return Err(reject.into()),
        };
        let now = kernel::Clock::system().now().timestamp();
        Policy::decide(access, caller.as_ref(), now)?;
        if let Some(caller) = caller {
            request.extensions_mut().insert(caller);
        }
        let limit = self.max_message_bytes;
        let request = request.map(|body| {
            let limited = Limited::new(body, limit).map_err(move |_| too_large(limit));
            Body::new(limited)
        });
        let Ok(response) = pass(routes, request).await;
        Ok(response)
    }
}

/// Whether the certificate of the calling process is one of the callers'. Without mTLS there is none to compare.
fn is_caller(request: &Request<Body>, callers: Callers) -> bool {
    let connection = request.extensions().get::<TlsConnectInfo<TcpConnectInfo>>();
    let Some(certificates) = connection.and_then(TlsConnectInfo::peer_certs) else {
        return true;
    };
    let own = certificates.first();
    own.is_some_and(|own| tls::is_valid_for(own, callers))
}

async fn pass(mut routes: Routes, request: Request<Body>) -> Result<Response<Body>, Infallible> {
    routes.call(request).await
}

fn too_large(limit: usize) -> Status {
    let message = format!("the request is larger than {limit} bytes");
    Reject::resource_exhausted(status::TOO_LARGE, message).into()
}

fn unlisted(path: &str) -> Reject {
    if RPCS.iter().any(|method| method.path == path) {
        tracing::error!(
            path,
            "denied: the RPC has no row in the policy table of the service"
        );
    } else {
        tracing::warn!(path, "denied: no such RPC");
    }
    Reject::permission_denied(FORBIDDEN, "this call is not allowed")
}

fn span(method: &MeasuredMethod, request: &Request<Body>) -> Span {
    let span = tracing::info_span!(
        "rpc",
        otel.name = method.name,
        otel.kind = "server",
        otel.status_code = field::Empty,
        rpc.system.name = "grpc",
        rpc.method = method.name,
        rpc.response.status_code = field::Empty,
        error.type = field::Empty,
        // Set by the handler, with `telemetry::correlate`.
        { contracts::CORRELATION } = field::Empty,
    );
    if let Some(caller) = telemetry::context_in(request.headers()) {
        telemetry::set_parent(&span, &caller);
    }
    span
}

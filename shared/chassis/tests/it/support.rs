//! A catalog with handlers of the test, behind the real server. The tests of `upstream` also use this
//! file.

use std::convert::Infallible;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use chassis::About;
use chassis::admin::{self, Readiness};
use chassis::auth::{self, Access, Keys, Policy};
use chassis::call::CallContext;
use chassis::grpc::{Server, ServerConfig};
use chassis::{Running, Shutdown};
use contracts::callers::GATEWAY;
use contracts::catalog::v1::catalog_service_client::CatalogServiceClient;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http::{HeaderMap, Request, Response};
use kernel::Group;
use testkit::Issuer;
use tonic::Status;
use tonic::body::Body;
use tonic::server::{Grpc, NamedService, UnaryService};
use tonic_prost::ProstCodec;
use tower::Service;
use upstream::Upstream;

/// A process named `order`.
pub(crate) fn order(defaults: &'static str) -> About {
    About {
        name: "order",
        version: "0.1.0",
        defaults,
    }
}

pub(crate) const POLICY: Policy = Policy::new(&[
    (
        "/mercantile.catalog.v1.CatalogService/GetProduct",
        Access::Public,
        GATEWAY,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/CreateCategory",
        Access::Public,
        GATEWAY,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/SearchProducts",
        Access::SignedIn,
        GATEWAY,
    ),
    (
        "/mercantile.catalog.v1.CatalogService/AdjustStock",
        Access::staff(&[Group::Warehouse]),
        GATEWAY,
    ),
]);

/// A call, as a handler sees it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub headers: HeaderMap,
    pub caller: Option<auth::Caller>,
    pub remaining: Duration,
}

type Handler = dyn Fn(Seen) -> BoxFuture<'static, Result<(), Status>> + Send + Sync;

/// Responds to every RPC of the catalog with an empty message or the handler's error.
#[derive(Clone)]
struct Catalog {
    handler: Arc<Handler>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl NamedService for Catalog {
    const NAME: &'static str = "mercantile.catalog.v1.CatalogService";
}

impl Service<Request<Body>> for Catalog {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let catalog = self.clone();
        async move {
            let headers = request.headers().clone();
            let unary = Unary { catalog, headers };
            Ok(Grpc::new(ProstCodec::<(), ()>::default())
                .unary(unary, request)
                .await)
        }
        .boxed()
    }
}

struct Unary {
    catalog: Catalog,
    headers: HeaderMap,
}

impl UnaryService<()> for Unary {
    type Response = ();
    type Future = BoxFuture<'static, Result<tonic::Response<()>, Status>>;

    fn call(&mut self, request: tonic::Request<()>) -> Self::Future {
        let seen = Seen {
            headers: self.headers.clone(),
            caller: auth::maybe_caller(&request),
            remaining: CallContext::current()
                .expect("set by the server")
                .remaining(),
        };
        self.catalog.seen.lock().unwrap().push(seen.clone());
        let answer = (self.catalog.handler)(seen);
        async move { answer.await.map(tonic::Response::new) }.boxed()
    }
}

/// A running server with the test's handler.
pub(crate) struct TestServer {
    pub running: Running,
    pub issuer: Issuer,
    pub shutdown: Shutdown,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl TestServer {
    pub(crate) async fn start<F, Fut>(handler: F) -> Self
    where
        F: Fn(Seen) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Status>> + Send + 'static,
    {
        Self::start_with(ServerConfig::default(), handler).await
    }

    pub(crate) async fn start_with<F, Fut>(config: ServerConfig, handler: F) -> Self
    where
        F: Fn(Seen) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Status>> + Send + 'static,
    {
        let shutdown = Shutdown::for_tests();
        let issuer = Issuer::start().await;
        let user = upstream("user", issuer.url());
        let keys = Keys::remote(&auth::Config::default(), user, &shutdown);
        let readiness = Readiness::new(&admin::Config::default(), &shutdown);
        let seen = Arc::default();
        let catalog = Catalog {
            handler: Arc::new(move |seen| handler(seen).boxed()),
            seen: Arc::clone(&seen),
        };
        let listen = Server::new(&config, POLICY, keys, readiness.clone(), &shutdown)
            .service(catalog)
            .serve()
            .await
            .unwrap();
        let admin = admin::serve(&admin::Config::default(), readiness, &shutdown)
            .await
            .unwrap();
        Self {
            running: Running::new(listen, admin, shutdown.clone()),
            issuer,
            shutdown,
            seen,
        }
    }

    /// The calls that the handlers received.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn client(&self) -> CatalogServiceClient<Upstream> {
        CatalogServiceClient::new(upstream("catalog", &self.running.url()))
    }
}

pub(crate) fn upstream(name: &'static str, url: &str) -> Upstream {
    upstream_with(name, url, |_| {})
}

pub(crate) fn upstream_with(
    name: &'static str,
    url: &str,
    change: impl FnOnce(&mut upstream::Config),
) -> Upstream {
    let mut config = upstream::Config {
        url: url.to_owned(),
        ..upstream::Config::default()
    };
    change(&mut config);
    Upstream::new(name, &config).unwrap()
}

/// Runs a future in a context with an access token.
pub(crate) async fn as_caller<F: Future>(token: &str, future: F) -> F::Output {
    CallContext::new(Duration::from_secs(10))
        .with_token(token)
        .scope(future)
        .await
}

/// The stable reason of an error response.
pub(crate) fn reason(status: &Status) -> String {
    chassis::status::Details::from_status(status).reason
}

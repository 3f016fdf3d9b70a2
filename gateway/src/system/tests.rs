//! The collector, with services that are gRPC servers of the test.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
};

use chassis::{
    Shutdown, admin,
    config::{Source, load},
};
use contracts::operations::v1::{
    DescribeServiceRequest, DescribeServiceResponse, ListSpansResponse, ListTracesResponse,
    system_service_server::{SystemService, SystemServiceServer},
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

use super::*;

/// A service that counts the calls of each RPC.
#[derive(Clone, Default)]
struct Fake {
    calls: Arc<AtomicUsize>,
    refuses: bool,
}

#[tonic::async_trait]
impl SystemService for Fake {
    async fn get_process(
        &self,
        request: Request<GetProcessRequest>,
    ) -> Result<Response<GetProcessResponse>, Status> {
        let calls = self.calls.fetch_add(1, Ordering::SeqCst);
        let token = request.metadata().get("authorization").unwrap();
        assert_eq!(token, "Bearer token");
        if self.refuses {
            return Err(Status::permission_denied("not for you"));
        }
        Ok(Response::new(GetProcessResponse {
            version: "0.1.0".to_owned(),
            metrics: format!("rpc_server_requests_total{{code=\"Ok\"}} {calls}\n# EOF\n"),
            ready: true,
            ..GetProcessResponse::default()
        }))
    }

    async fn list_traces(
        &self,
        _: Request<ListTracesRequest>,
    ) -> Result<Response<ListTracesResponse>, Status> {
        Err(Status::unavailable("no traces in this test"))
    }

    async fn list_spans(
        &self,
        _: Request<ListSpansRequest>,
    ) -> Result<Response<ListSpansResponse>, Status> {
        Ok(Response::new(ListSpansResponse::default()))
    }

    async fn describe_service(
        &self,
        _: Request<DescribeServiceRequest>,
    ) -> Result<Response<DescribeServiceResponse>, Status> {
        Ok(Response::new(DescribeServiceResponse::default()))
    }
}

async fn serve(fake: Fake) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tonic::transport::Server::builder()
        .add_service(SystemServiceServer::new(fake))
        .serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(server);
    address
}

/// The collector of a gateway whose services are at `address`, `payment` at another one.
fn shared(address: SocketAddr, payment: SocketAddr) -> Arc<Shared> {
    let mut source = Source::defaults(crate::ABOUT).set("broker.url", "amqp://127.0.0.1:1/%2f");
    for (service, address) in [
        ("user", address),
        ("catalog", address),
        ("order", address),
        ("payment", payment),
    ] {
        let key = format!("upstreams.{service}.url");
        source = source.set(&key, format!("http://{address}"));
    }
    let config: crate::Config = load(&source).unwrap();
    let readiness = Readiness::new(&admin::Config::default(), &Shutdown::for_tests());
    Arc::new(Shared {
        channels: Channels::new(&config.own.upstreams).unwrap(),
        own: OwnProcess {
            in_force: config.in_force,
            revision: "abc".to_owned(),
            started_at: DateTime::UNIX_EPOCH,
            readiness,
        },
        state: Mutex::default(),
    })
}

fn caller() -> CallContext {
    CallContext::new(Duration::from_secs(10)).with_token("token")
}

#[tokio::test]
async fn ten_viewers_share_one_collection() {
    let (fake, payment) = (Fake::default(), Fake::default());
    let shared = shared(serve(fake.clone()).await, serve(payment.clone()).await);
    let caller = caller();
    let viewers = (0..10).map(|_| shared.snapshot(&caller));
    let snapshots = futures_util::future::join_all(viewers).await;
    let first = snapshots[0].as_ref().unwrap();
    for snapshot in &snapshots {
        assert!(Arc::ptr_eq(snapshot.as_ref().unwrap(), first));
    }
    assert_eq!(fake.calls.load(Ordering::SeqCst), 3);
    assert_eq!(payment.calls.load(Ordering::SeqCst), 1);
    let names: Vec<&str> = first.services.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["gateway", "catalog", "order", "payment", "user"]);
    let own = first.services[0].replicas[0].process.as_ref().unwrap();
    assert_eq!((own.revision.as_str(), own.is_ready), ("abc", true));
}

#[tokio::test]
async fn a_replica_that_is_gone_does_not_fail_the_others() {
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = gone.local_addr().unwrap();
    let shared = shared(serve(Fake::default()).await, gone);
    let snapshot = shared.snapshot(&caller()).await.unwrap();
    for service in &snapshot.services {
        let is_reached = service.replicas[0].process.is_some();
        assert_eq!(is_reached, service.name != "payment", "{}", service.name);
    }
    let payment = snapshot.services.iter().find(|it| it.name == "payment");
    assert_eq!(payment.unwrap().replicas[0].address, gone.to_string());
}

#[tokio::test]
async fn what_is_refused_is_not_kept_for_the_next_viewer() {
    let refusing = Fake {
        refuses: true,
        ..Fake::default()
    };
    let address = serve(refusing.clone()).await;
    let shared = shared(address, address);
    for views in 1..=2 {
        let refused = shared.snapshot(&caller()).await.unwrap_err();
        assert_eq!(refused.kind().status, 403);
        // Each of the four services was asked.
        assert_eq!(refusing.calls.load(Ordering::SeqCst), 4 * views);
    }
}

#[tokio::test]
async fn one_replica_that_rejects_the_session_does_not_hide_the_others() {
    let refusing = Fake {
        refuses: true,
        ..Fake::default()
    };
    let shared = shared(serve(Fake::default()).await, serve(refusing).await);
    let snapshot = shared.snapshot(&caller()).await.unwrap();
    for service in &snapshot.services {
        let is_shown = service.replicas[0].process.is_some();
        assert_eq!(is_shown, service.name != "payment", "{}", service.name);
    }
}

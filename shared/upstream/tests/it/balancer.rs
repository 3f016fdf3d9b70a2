//! An upstream with several endpoints that are added, removed and fail.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ::upstream::{Config, Upstream};
use chassis::call::CallContext;
use contracts::catalog::v1::CreateCategoryRequest;
use contracts::catalog::v1::catalog_service_client::CatalogServiceClient;
use testkit::{Proxy, eventually};
use tokio::net::TcpListener;
use tonic::{Code, Status};

use crate::support::TestServer;

const NEVER: u64 = 600_000;

/// The results of the lookup of the host name.
#[derive(Clone, Default)]
struct Names {
    addresses: Arc<Mutex<Vec<SocketAddr>>>,
    asked: Arc<AtomicUsize>,
}

impl Names {
    fn of(addresses: impl IntoIterator<Item = SocketAddr>) -> Self {
        let names = Self::default();
        names.become_(addresses);
        names
    }

    fn become_(&self, addresses: impl IntoIterator<Item = SocketAddr>) {
        *self.addresses.lock().unwrap() = addresses.into_iter().collect();
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// An upstream with this lookup period.
    fn upstream(&self, resolve_every_ms: u64) -> Upstream {
        self.upstream_with(|config| config.resolve_every_ms = resolve_every_ms)
    }

    fn upstream_with(&self, change: impl FnOnce(&mut Config)) -> Upstream {
        let mut config = Config {
            url: "http://catalog:50052".to_owned(),
            ..Config::default()
        };
        change(&mut config);
        let names = self.clone();
        Upstream::with_lookup("catalog", &config, move || {
            names.asked.fetch_add(1, Ordering::SeqCst);
            let found = names.addresses.lock().unwrap().clone();
            std::future::ready(match found.is_empty() {
                true => Err(io::Error::other("no such name")),
                false => Ok(found),
            })
        })
        .unwrap()
    }
}

async fn server() -> TestServer {
    TestServer::start(async |_| Ok(())).await
}

async fn servers() -> [TestServer; 3] {
    [server().await, server().await, server().await]
}

fn address(server: &TestServer) -> SocketAddr {
    server.running.listen
}

fn calls(server: &TestServer) -> usize {
    server.seen().len()
}

/// An address where no server listens.
async fn unused_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}

/// A call of an RPC that is not idempotent.
async fn create(upstream: &Upstream) -> Result<(), Status> {
    CatalogServiceClient::new(upstream.clone())
        .create_category(CreateCategoryRequest::default())
        .await?;
    Ok(())
}

/// Sends calls until each server has received one.
async fn until_all_are_called(upstream: &Upstream, servers: &[&TestServer]) {
    let before: Vec<usize> = servers.iter().map(|server| calls(server)).collect();
    eventually("each endpoint to get a call", async || {
        create(upstream).await.unwrap();
        let all = servers
            .iter()
            .zip(&before)
            .all(|(server, before)| calls(server) > *before);
        all.then_some(())
    })
    .await;
}

#[tokio::test]
async fn calls_are_balanced_over_all_endpoints() {
    let [a, b, c] = servers().await;
    let upstream = Names::of([&a, &b, &c].map(address)).upstream(NEVER);
    until_all_are_called(&upstream, &[&a, &b, &c]).await;
    let before = [&a, &b, &c].map(calls);
    for _ in 0..300 {
        create(&upstream).await.unwrap();
    }
    for (server, before) in [&a, &b, &c].into_iter().zip(before) {
        let share = calls(server) - before;
        assert!(
            (60..=140).contains(&share),
            "expected about a third of 300, not {share}"
        );
    }
}

#[tokio::test]
async fn a_slow_endpoint_gets_fewer_calls() {
    let slow = TestServer::start(async |_| std::future::pending().await).await;
    let quick = server().await;
    let upstream = Names::of([&slow, &quick].map(address)).upstream(NEVER);
    let hanging = loop {
        let upstream = upstream.clone();
        let before = calls(&slow) + calls(&quick);
        let call = tokio::spawn(async move { create(&upstream).await });
        eventually("the call to arrive", async || {
            (calls(&slow) + calls(&quick) > before).then_some(())
        })
        .await;
        if calls(&slow) == 1 {
            break call;
        }
        call.await.unwrap().unwrap();
    };
    for _ in 0..100 {
        create(&upstream).await.unwrap();
    }
    assert_eq!(
        calls(&slow),
        1,
        "the other calls must use the endpoint without load"
    );
    hanging.abort();
}

#[tokio::test]
async fn an_endpoint_that_hangs_is_ejected() {
    let frozen = TestServer::start(async |_| std::future::pending().await).await;
    let well = server().await;
    let names = Names::of([&frozen, &well].map(address));
    let upstream = names.upstream_with(|config| config.timeout_ms = 100);
    let mut failures = 0;
    for _ in 0..100 {
        failures += usize::from(create(&upstream).await.is_err());
    }
    assert!(failures <= 20, "expected far fewer than half: {failures}");
}

#[tokio::test]
async fn an_unreachable_endpoint_fails_no_call() {
    let server = server().await;
    let names = Names::of([
        unused_address().await,
        address(&server),
        unused_address().await,
    ]);
    let upstream = names.upstream(NEVER);
    for _ in 0..100 {
        create(&upstream).await.unwrap();
    }
    assert_eq!(calls(&server), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_shuts_down_loses_no_call() {
    let [a, b, c] = servers().await;
    let upstream = Names::of([&a, &b, &c].map(address)).upstream(NEVER);
    until_all_are_called(&upstream, &[&a, &b, &c]).await;
    let done = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..8)
        .map(|_| {
            let (upstream, done) = (upstream.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                while done.load(Ordering::SeqCst) == 0 {
                    create(&upstream).await?;
                }
                Ok::<_, Status>(())
            })
        })
        .collect();
    for stopping in [&a, &b] {
        let before = calls(stopping);
        eventually("the endpoint to have a call in flight", async || {
            (calls(stopping) > before + 20).then_some(())
        })
        .await;
        stopping.running.stop().await;
    }
    let before = calls(&c);
    eventually("the last endpoint to get all calls", async || {
        (calls(&c) > before + 20).then_some(())
    })
    .await;
    done.store(1, Ordering::SeqCst);
    for caller in callers {
        caller.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_new_endpoint_gets_its_share_of_calls() {
    let [a, b, _] = servers().await;
    let names = Names::of([address(&a)]);
    let upstream = names.upstream(100);
    create(&upstream).await.unwrap();
    names.become_([&a, &b].map(address));
    until_all_are_called(&upstream, &[&a, &b]).await;
}

#[tokio::test]
async fn a_removed_endpoint_gets_no_call_and_no_connection() {
    let [a, b, _] = servers().await;
    let proxy = Proxy::to(address(&a).to_string()).await;
    let names = Names::of([proxy.address, address(&b)]);
    let upstream = names.upstream(100);
    until_all_are_called(&upstream, &[&a, &b]).await;
    assert_eq!(proxy.connections(), 1);
    names.become_([address(&b)]);
    eventually("the connection to be closed", async || {
        (proxy.connections() == 0).then_some(())
    })
    .await;
    let before = calls(&a);
    for _ in 0..50 {
        create(&upstream).await.unwrap();
    }
    assert_eq!(calls(&a), before);
}

#[tokio::test]
async fn calls_in_flight_to_a_removed_endpoint_complete() {
    let gate = Arc::new(tokio::sync::Semaphore::new(0));
    let wait = Arc::clone(&gate);
    let a = TestServer::start(move |_| {
        let wait = Arc::clone(&wait);
        async move {
            wait.acquire()
                .await
                .map(drop)
                .map_err(|_| Status::internal("closed"))
        }
    })
    .await;
    let b = server().await;
    let names = Names::of([address(&a)]);
    let upstream = names.upstream(100);
    let waiting = tokio::spawn({
        let upstream = upstream.clone();
        async move { create(&upstream).await }
    });
    eventually("the call to arrive", async || {
        (calls(&a) == 1).then_some(())
    })
    .await;
    names.become_([address(&b)]);
    eventually("the other endpoint to be called", async || {
        let context = CallContext::new(Duration::from_millis(500));
        let _given_up = context.scope(create(&upstream)).await;
        (calls(&b) > 0).then_some(())
    })
    .await;
    gate.add_permits(1_000);
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn the_name_is_looked_up_when_a_connection_ends() {
    let [a, b, _] = servers().await;
    let names = Names::of([address(&a)]);
    let upstream = names.upstream(NEVER);
    create(&upstream).await.unwrap();
    names.become_([address(&b)]);
    a.running.stop().await;
    eventually("the new address to be found", async || {
        create(&upstream).await.ok()
    })
    .await;
    assert_eq!(calls(&b), 1);
}

#[tokio::test]
async fn a_name_without_an_address_is_unavailable_until_it_has_one() {
    let names = Names::default();
    let upstream = names.upstream(NEVER);
    let refused = create(&upstream).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    let server = server().await;
    names.become_([address(&server)]);
    eventually("the address to be found", async || {
        create(&upstream).await.ok()
    })
    .await;
}

#[tokio::test]
async fn addresses_stay_while_the_resolver_fails() {
    let server = server().await;
    let names = Names::of([address(&server)]);
    let upstream = names.upstream(100);
    create(&upstream).await.unwrap();
    names.become_([]);
    let before = names.asked();
    eventually("the resolver to fail", async || {
        (names.asked() > before + 1).then_some(())
    })
    .await;
    create(&upstream).await.unwrap();
}

#[tokio::test]
async fn a_resolver_that_hangs_does_not_delay_a_call() {
    let config = Config {
        url: "http://catalog:50052".to_owned(),
        connect_timeout_ms: 50,
        timeout_ms: 60_000,
        ..Config::default()
    };
    let upstream = Upstream::with_lookup("catalog", &config, std::future::pending).unwrap();
    let refused = create(&upstream).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
}

#[tokio::test]
async fn a_call_fails_when_all_endpoints_are_unreachable() {
    let names = Names::of([unused_address().await, unused_address().await]);
    let refused = create(&names.upstream(NEVER)).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
}

#[tokio::test]
async fn separate_connections_share_the_resolver() {
    let server = server().await;
    let proxy = Proxy::to(address(&server).to_string()).await;
    let names = Names::of([proxy.address]);
    let upstream = names.upstream(NEVER);
    create(&upstream).await.unwrap();
    let workers: Vec<Upstream> = (0..8).map(|_| upstream.with_own_connection()).collect();
    for worker in &workers {
        create(worker).await.unwrap();
    }
    assert_eq!((proxy.connections(), names.asked()), (9, 1));
    drop(workers);
    eventually("their connections to be closed", async || {
        (proxy.connections() == 1).then_some(())
    })
    .await;
}

/// A server that sends the head of a response and then hangs or closes the connection.
async fn incomplete_response(closes: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut connection = h2::server::handshake(stream).await.unwrap();
                let mut open = Vec::new();
                while let Some(Ok((_, mut answer))) = connection.accept().await {
                    let head = http::Response::builder()
                        .header("content-type", "application/grpc")
                        .body(())
                        .unwrap();
                    let mut body = answer.send_response(head, false).unwrap();
                    if closes {
                        body.send_reset(h2::Reason::INTERNAL_ERROR);
                    }
                    open.push(body);
                }
            });
        }
    });
    address
}

#[tokio::test]
async fn an_incomplete_response_ends_at_the_deadline() {
    let names = Names::of([incomplete_response(false).await]);
    let upstream = names.upstream_with(|config| config.timeout_ms = 100);
    let refused = create(&upstream).await.unwrap_err();
    assert_eq!(refused.code(), Code::DeadlineExceeded);
}

#[tokio::test]
async fn a_response_of_a_closed_connection_is_a_failure() {
    let server = server().await;
    let names = Names::of([incomplete_response(true).await, address(&server)]);
    let upstream = names.upstream(NEVER);
    let mut failures = 0;
    for _ in 0..50 {
        match create(&upstream).await {
            Ok(()) => {}
            Err(refused) => {
                assert_eq!(refused.code(), Code::Unavailable);
                failures += 1;
            }
        }
    }
    assert!(failures <= 20, "the endpoint must be ejected: {failures}");
    assert_eq!(calls(&server), 50 - failures, "no call may be repeated");
}

#[tokio::test]
async fn lookups_end_with_the_upstream() {
    let names = Names::of([unused_address().await]);
    let lookup = Arc::downgrade(&names.asked);
    let upstream = names.upstream(100);
    eventually("a lookup", async || (names.asked() > 0).then_some(())).await;
    drop((upstream, names));
    eventually("the task to end", async || {
        (lookup.strong_count() == 0).then_some(())
    })
    .await;
}

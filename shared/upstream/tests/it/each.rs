//! Calls to each endpoint of an upstream.

use std::collections::BTreeSet;
use std::future::ready;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use ::upstream::{Config, Upstream};
use contracts::catalog::v1::CreateCategoryRequest;
use contracts::catalog::v1::catalog_service_client::CatalogServiceClient;
use tokio::net::TcpListener;
use tonic::{Code, Status};

use crate::support::TestServer;

fn upstream_at(addresses: impl Into<Vec<SocketAddr>>) -> Upstream {
    let config = Config {
        url: "http://catalog:50052".to_owned(),
        breaker_min_calls: 1,
        ..Config::default()
    };
    let addresses = Arc::new(addresses.into());
    Upstream::with_lookup("catalog", &config, move || {
        ready(match addresses.is_empty() {
            true => Err(io::Error::other("no such name")),
            false => Ok(addresses.to_vec()),
        })
    })
    .unwrap()
}

async fn server() -> TestServer {
    TestServer::start(async |_| Ok(())).await
}

async fn create(upstream: &Upstream) -> Result<(), Status> {
    CatalogServiceClient::new(upstream.clone())
        .create_category(CreateCategoryRequest::default())
        .await?;
    Ok(())
}

#[tokio::test]
async fn every_call_of_a_handle_goes_to_its_endpoint() {
    let (one, two) = (server().await, server().await);
    let upstream = upstream_at([one.running.listen, two.running.listen]);
    let handles = upstream.each().await;
    let addresses: BTreeSet<SocketAddr> = handles.iter().map(|(address, _)| *address).collect();
    assert_eq!(
        addresses,
        BTreeSet::from([one.running.listen, two.running.listen])
    );
    for (address, handle) in &handles {
        let server = if *address == one.running.listen {
            &one
        } else {
            &two
        };
        let before = one.seen().len() + two.seen().len();
        let before_here = server.seen().len();
        for _ in 0..5 {
            create(handle).await.unwrap();
        }
        assert_eq!(server.seen().len(), before_here + 5);
        assert_eq!(one.seen().len() + two.seen().len(), before + 5);
    }
}

#[tokio::test]
async fn an_endpoint_that_is_gone_fails_alone() {
    let one = server().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let gone = listener.local_addr().unwrap();
    drop(listener);
    let upstream = upstream_at([one.running.listen, gone]);
    for _ in 0..3 {
        for (address, handle) in upstream.each().await {
            match create(&handle).await {
                Ok(()) => assert_eq!(address, one.running.listen),
                Err(status) => {
                    assert_eq!(address, gone);
                    assert_eq!(status.code(), Code::Unavailable);
                }
            }
        }
    }
    // One failure would open the breaker.
    create(&upstream).await.unwrap();
}

#[tokio::test]
async fn without_an_address_there_is_no_handle() {
    assert!(upstream_at([]).each().await.is_empty());
}

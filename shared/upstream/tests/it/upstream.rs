use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ::upstream::Upstream;
use chassis::call::CallContext;
use chassis::status::{Details, Reject};
use contracts::catalog::v1::catalog_service_client::CatalogServiceClient;
use contracts::catalog::v1::{CreateCategoryRequest, GetProductRequest};
use tonic::{Code, Status};

use crate::support::{TestServer, reason, upstream, upstream_with};

/// A URL where no server listens.
async fn unused_url() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

/// A server that fails the first calls with a code.
async fn failing_first(failures: u32, code: Code) -> TestServer {
    let left = Arc::new(AtomicU32::new(failures));
    TestServer::start(move |_| {
        let fail = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
            left.checked_sub(1)
        });
        async move { fail.map_or(Ok(()), |_| Err(Status::new(code, "for the test"))) }
    })
    .await
}

async fn get(upstream: &Upstream) -> Result<(), Status> {
    let mut client = CatalogServiceClient::new(upstream.clone());
    client.get_product(GetProductRequest::default()).await?;
    Ok(())
}

async fn create(upstream: &Upstream) -> Result<(), Status> {
    let mut client = CatalogServiceClient::new(upstream.clone());
    client
        .create_category(CreateCategoryRequest::default())
        .await?;
    Ok(())
}

#[tokio::test]
async fn an_idempotent_rpc_is_retried_while_the_upstream_is_unavailable() {
    let server = failing_first(2, Code::Unavailable).await;
    get(&upstream("catalog", &server.running.url()))
        .await
        .unwrap();
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn an_rpc_with_side_effects_is_never_retried() {
    let server = failing_first(1, Code::Unavailable).await;
    let refused = create(&upstream("catalog", &server.running.url()))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_rejected_call_is_not_retried() {
    for code in [
        Code::NotFound,
        Code::ResourceExhausted,
        Code::Internal,
        Code::Aborted,
    ] {
        let server = failing_first(1, code).await;
        let refused = get(&upstream("catalog", &server.running.url()))
            .await
            .unwrap_err();
        assert_eq!(refused.code(), code);
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn unavailable_with_details_causes_no_retry_and_no_open_breaker() {
    let server = TestServer::start(|_| async {
        let reject = Reject::unavailable("UNAVAILABLE", "the database is unavailable");
        Err(reject.retry_after(Duration::from_secs(1)).into())
    })
    .await;
    let upstream = upstream_with("catalog", &server.running.url(), |config| {
        config.breaker_min_calls = 1;
    });
    for calls in 1..=3 {
        let refused = get(&upstream).await.unwrap_err();
        assert_eq!(refused.message(), "the database is unavailable");
        assert_eq!(server.seen().len(), calls);
    }
}

#[tokio::test]
async fn retries_end_when_the_attempts_are_used_up() {
    let server = failing_first(u32::MAX, Code::Unavailable).await;
    let refused = get(&upstream("catalog", &server.running.url()))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert_eq!(server.seen().len(), 3);
}

#[tokio::test]
async fn retries_end_when_the_budget_is_used_up() {
    let server = failing_first(u32::MAX, Code::Unavailable).await;
    let upstream = upstream_with("catalog", &server.running.url(), |config| {
        config.breaker_min_calls = 1_000;
        config.max_attempts = 10;
    });
    for _ in 0..5 {
        get(&upstream).await.unwrap_err();
    }
    let retries = server.seen().len() - 5;
    assert!(
        (10..=14).contains(&retries),
        "expected about ten retries, not 45: {retries}"
    );
}

#[tokio::test]
async fn an_unreachable_upstream_is_unavailable_and_named() {
    let refused = create(&upstream("catalog", &unused_url().await))
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::Unavailable, "UNAVAILABLE")
    );
    let read = Details::from_status(&refused);
    assert_eq!(
        read.metadata.get("upstream").map(String::as_str),
        Some("catalog")
    );
    assert!(read.retry_after.is_some());
    assert!(
        !read.message.contains("127.0.0.1"),
        "the message must not contain the cause: {}",
        read.message
    );
}

#[tokio::test]
async fn a_broken_connection_is_replaced() {
    let server = TestServer::start(async |_| Ok(())).await;
    let proxy = testkit::Proxy::to(server.running.listen.to_string()).await;
    let upstream = upstream("catalog", &format!("http://{}", proxy.address));
    get(&upstream).await.unwrap();
    proxy.cut();
    create(&upstream).await.unwrap_err();
    proxy.restore();
    testkit::eventually("a call to succeed again", async || {
        create(&upstream).await.ok()
    })
    .await;
}

#[tokio::test]
async fn the_breaker_opens_rejects_calls_and_closes_again() {
    let server = failing_first(5, Code::Unavailable).await;
    let upstream = upstream_with("catalog", &server.running.url(), |config| {
        config.breaker_min_calls = 5;
        config.breaker_open_ms = 2_000;
    });
    for _ in 0..5 {
        create(&upstream).await.unwrap_err();
    }
    let refused = create(&upstream).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unavailable);
    assert_eq!(server.seen().len(), 5, "the sixth call must not be sent");
    testkit::eventually("the breaker to close", async || {
        create(&upstream).await.ok()
    })
    .await;
    create(&upstream).await.unwrap();
}

#[tokio::test]
async fn rejected_calls_do_not_open_the_breaker() {
    let server = failing_first(50, Code::NotFound).await;
    let upstream = upstream_with("catalog", &server.running.url(), |config| {
        config.breaker_min_calls = 5;
    });
    for _ in 0..50 {
        assert_eq!(create(&upstream).await.unwrap_err().code(), Code::NotFound);
    }
    create(&upstream).await.unwrap();
}

#[tokio::test]
async fn calls_above_the_concurrency_limit_are_shed() {
    let server = TestServer::start(async |_| std::future::pending().await).await;
    let upstream = upstream_with("catalog", &server.running.url(), |config| {
        config.max_concurrent_calls = 1;
    });
    let first = tokio::spawn({
        let upstream = upstream.clone();
        async move { create(&upstream).await }
    });
    testkit::eventually("the first call to run", async || {
        (!server.seen().is_empty()).then_some(())
    })
    .await;
    let refused = create(&upstream).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::ResourceExhausted, "OVERLOADED")
    );
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    let context = CallContext::new(Duration::from_millis(50));
    let refused = context.scope(create(&upstream)).await.unwrap_err();
    assert_eq!(
        refused.code(),
        Code::DeadlineExceeded,
        "a dropped call must free its slot"
    );
}

#[tokio::test]
async fn a_call_ends_at_the_configured_timeout() {
    let server = TestServer::start(async |_| std::future::pending().await).await;
    let upstream = upstream_with("catalog", &server.running.url(), |config| {
        config.timeout_ms = 2_000
    });
    let context = CallContext::new(Duration::from_secs(60));
    let refused = context.scope(create(&upstream)).await.unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::DeadlineExceeded, "DEADLINE_EXCEEDED")
    );
    assert!(server.seen()[0].remaining <= Duration::from_secs(2));
}

#[tokio::test]
async fn separate_connections_share_the_breaker() {
    let server = failing_first(5, Code::Unavailable).await;
    let one = upstream_with("catalog", &server.running.url(), |config| {
        config.breaker_min_calls = 5;
        config.breaker_open_ms = 60_000;
    });
    let other = one.with_own_connection();
    for _ in 0..5 {
        create(&one).await.unwrap_err();
    }
    create(&other).await.unwrap_err();
    assert_eq!(server.seen().len(), 5);
}

#[tokio::test]
async fn an_invalid_url_is_named_at_the_start() {
    let config = ::upstream::Config::default();
    let error = Upstream::new("catalog", &config).unwrap_err();
    assert!(
        format!("{error:#}").contains("upstreams.catalog"),
        "{error:#}"
    );
}

#[tokio::test]
async fn a_call_is_not_retried_after_the_breaker_opened() {
    let server = failing_first(u32::MAX, Code::Unavailable).await;
    let upstream = upstream_with("catalog", &server.running.url(), |config| {
        config.breaker_min_calls = 2;
        config.breaker_open_ms = 60_000;
    });
    get(&upstream).await.unwrap_err();
    assert_eq!(
        server.seen().len(),
        2,
        "the open breaker must reject the third attempt"
    );
    get(&upstream).await.unwrap_err();
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_probe_with_too_short_a_deadline_has_no_outcome() {
    let left = AtomicU32::new(2);
    let server = TestServer::start(move |_| {
        let fails = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        async move {
            match fails {
                Ok(_) => Err(Status::unavailable("for the test")),
                Err(_) => std::future::pending().await,
            }
        }
    })
    .await;
    let upstream = upstream_with("catalog", &server.running.url(), |config| {
        config.breaker_min_calls = 2;
        config.breaker_open_ms = 0;
        config.timeout_ms = 60_000;
    });
    for _ in 0..2 {
        create(&upstream).await.unwrap_err();
    }
    let hurry = CallContext::new(Duration::from_secs(2));
    let probe = hurry.scope(create(&upstream)).await.unwrap_err();
    assert_eq!(probe.code(), Code::DeadlineExceeded);

    let own = upstream.clone();
    let next = tokio::spawn(async move { create(&own).await });
    testkit::eventually("the next probe", async || {
        (server.seen().len() == 4).then_some(())
    })
    .await;
    let refused = create(&upstream).await.unwrap_err();
    assert_eq!(
        refused.code(),
        Code::Unavailable,
        "there must be one probe at a time"
    );
    next.abort();
}

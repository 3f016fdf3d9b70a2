use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chassis::admin::{self, Readiness};
use chassis::metrics;
use chassis::shutdown::{Config, Shutdown};

async fn get(url: String) -> (u16, String) {
    let answer = reqwest::get(url).await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn readiness_names_the_failed_check() {
    let shutdown = Shutdown::for_tests();
    let good = Arc::new(AtomicBool::new(true));
    let config = admin::Config {
        check_timeout_ms: 30,
        ..admin::Config::default()
    };
    let toggle = Arc::clone(&good);
    let readiness = Readiness::new(&config, &shutdown)
        .check("broker", async || true)
        .check("postgres", move || {
            let good = toggle.load(Ordering::SeqCst);
            async move { good }
        });
    let address = admin::serve(&config, readiness.clone(), &shutdown)
        .await
        .unwrap();
    let (status, body) = get(format!("http://{address}/readyz")).await;
    assert_eq!(status, 200, "{body}");

    good.store(false, Ordering::SeqCst);
    let (status, body) = get(format!("http://{address}/readyz")).await;
    assert_eq!(status, 503);
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["ready"], false);
    assert_eq!(body["checks"]["postgres"], "not available");
    assert_eq!(body["checks"]["broker"], "ok");
    assert_eq!(
        get(format!("http://{address}/livez")).await.0,
        200,
        "livez must not depend on readiness"
    );

    good.store(true, Ordering::SeqCst);
    let _stuck = readiness.check("redis", std::future::pending);
    let (status, body) = get(format!("http://{address}/readyz")).await;
    assert_eq!(status, 503);
    assert!(body.contains("no response within 30 ms"), "{body}");
}

#[tokio::test]
async fn a_process_reports_that_it_is_shutting_down() {
    let shutdown = Shutdown::new(&Config {
        lame_duck_ms: 60_000,
        ..Config::default()
    });
    let config = admin::Config::default();
    let readiness = Readiness::new(&config, &shutdown);
    let address = admin::serve(&config, readiness, &shutdown).await.unwrap();
    shutdown.begin();
    let (status, body) = get(format!("http://{address}/readyz")).await;
    assert_eq!(status, 503);
    assert!(body.contains("\"shutting_down\":true"), "{body}");
}

#[tokio::test]
async fn metrics_are_openmetrics_and_count_calls() {
    for set in [metrics::PROCESS, metrics::RPC_SERVER, upstream::METRICS] {
        instruments::register(&set);
    }
    let server = crate::support::TestServer::start(async |_| Ok(())).await;
    let request = contracts::catalog::v1::GetProductRequest::default();
    let mut client = server.client();
    client.get_product(request).await.unwrap();
    let (status, body) = get(format!("{}/metrics", server.running.admin_url())).await;
    assert_eq!(status, 200);
    assert!(body.ends_with("# EOF\n"), "{body}");
    for expected in [
        "process_resident_memory_bytes",
        "process_start_time_seconds",
        r#"rpc_server_requests_total{rpc_service="mercantile.catalog.v1.CatalogService",rpc_method="GetProduct",code="Ok"}"#,
        r#"rpc_client_requests_total{upstream="catalog",rpc_service="mercantile.catalog.v1.CatalogService",rpc_method="GetProduct",code="Ok"}"#,
        "rpc_server_duration_seconds_bucket",
        r#"upstream_circuit_open{upstream="catalog"} 0.0"#,
        r#"upstream_endpoints{upstream="catalog"} 1.0"#,
        r#"upstream_retry_budget_ratio{upstream="catalog"} 1.0"#,
        "rpc_server_calls_limit",
        "process_cpu_seconds_total",
        "process_open_fds",
        "tokio_workers",
    ] {
        assert!(body.contains(expected), "{expected} is missing in\n{body}");
    }
}

#[tokio::test]
async fn two_processes_in_one_test_are_independent() {
    let one = crate::support::TestServer::start(async |_| Ok(())).await;
    let two = crate::support::TestServer::start(async |_| Ok(())).await;
    one.running.stop().await;
    let (status, _) = get(format!("{}/readyz", two.running.admin_url())).await;
    assert_eq!(status, 200);
    let request = tokio::time::timeout(
        Duration::from_secs(5),
        reqwest::get(format!("{}/readyz", one.running.admin_url())),
    );
    assert!(
        request.await.unwrap().is_err(),
        "the first must have stopped"
    );
}

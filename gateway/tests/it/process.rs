//! The gateway as a process: configuration, readiness, shutdown.

use std::time::Duration;

use chassis::{
    Shutdown,
    config::{Source, load},
    shutdown::{self, Stopped},
};
use contracts::user::v1::*;
use gateway::{ABOUT, Config};
use serde_json::Value;
use testkit::eventually;

use crate::{
    samples::user,
    shop::{Answer, Shop},
};

fn source() -> Source {
    Source::defaults(ABOUT)
        .set("http.listen", "127.0.0.1:0")
        .set("admin.listen", "127.0.0.1:0")
        .set("broker.url", "amqp://127.0.0.1:1/%2f")
}

#[test]
fn the_defaults_are_valid_and_wrong_keys_and_values_are_rejected() {
    load::<Config>(&Source::defaults(ABOUT)).unwrap();
    for (key, value) in [
        ("http.lisen", "1"),
        ("cache.max_age_ms", "soon"),
        ("rate_limit.api.per_ip.burst", "-1"),
        ("rate_limit.redis_url", "not a url"),
        ("upstreams.order.url", "not a url"),
    ] {
        let error = load::<Config>(&source().set(key, value)).unwrap_err();
        assert!(error.to_string().contains(key), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_proxy_fails_at_startup() {
    let (key, value) = ("http.trusted_proxies", "loadbalancer");
    let config = load::<Config>(&source().set(key, value)).unwrap();
    let error = gateway::start(config, Shutdown::for_tests())
        .await
        .unwrap_err();
    assert!(format!("{error:#}").contains(key), "{error:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_keys_the_gateway_serves_but_is_not_ready() {
    let config = load::<Config>(&source().set("upstreams.user.url", "http://127.0.0.1:1")).unwrap();
    let gateway = gateway::start(config, Shutdown::for_tests()).await.unwrap();
    let status = async |url: String| reqwest::get(url).await.unwrap().status().as_u16();
    assert_eq!(status(format!("{}/readyz", gateway.admin_url())).await, 503);
    assert_eq!(status(format!("{}/livez", gateway.admin_url())).await, 200);
    assert_eq!(status(format!("{}/problems", gateway.url())).await, 200);
    let issuer = testkit::Issuer::start().await;
    let request = reqwest::Client::new()
        .get(format!("{}/api/v1/me", gateway.url()))
        .bearer_auth(issuer.token(kernel::UserId::generate(), "customer"));
    let answer = Answer::of(request).await;
    answer.problem(503, "keys-unavailable");
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(gateway.stop().await, Stopped::Cleanly);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_drains_requests_in_flight() {
    let shop = Shop::open().await;
    shop.services
        .on(|_: GetMeRequest| Ok(GetMeResponse { user: user() }));
    shop.services.delay(Duration::from_millis(300));
    let running = shop.as_customer("GET", "/api/v1/me", Value::Null);
    let stopping = async {
        eventually("the request in flight", async || {
            (!shop.services.calls::<GetMeRequest>().is_empty()).then_some(())
        })
        .await;
        shop.gateway.stop().await
    };
    let (answer, stopped) = tokio::join!(running, stopping);
    answer.expect(200);
    assert_eq!(stopped, Stopped::Cleanly);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_ends_asks_its_clients_to_connect_again() {
    let shutdown = Shutdown::new(&shutdown::Config {
        lame_duck_ms: 60_000,
        ..shutdown::Config::default()
    });
    let shop = Shop::open_until(shutdown, |source| source).await;
    let connection = async || {
        let answer = shop.as_customer("GET", "/openapi.json", Value::Null).await;
        answer.expect(200);
        answer.headers.get("connection").cloned()
    };
    assert_eq!(connection().await, None);
    shop.gateway.begin_stop();
    assert_eq!(connection().await.unwrap(), "close");
}

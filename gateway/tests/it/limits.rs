//! Rate limits, with and without Redis.

use chassis::config::Source;
use contracts::{catalog::v1::*, order::v1::*, payment::v1::*, user::v1::*};
use serde_json::{Value, json};
use testkit::Proxy;
use tonic::Code;

use crate::{
    samples::{cart, product, refusal, user},
    shop::{Answer, Shop},
};

/// A burst of three requests, then one per minute.
fn strict(source: Source, url: &str, prefix: &str) -> Source {
    let mut source = source
        .set("rate_limit.enabled", true)
        .set("rate_limit.redis_url", url)
        .set("rate_limit.key_prefix", prefix)
        .set("rate_limit.timeout_ms", 2_000);
    source = source
        .set("rate_limit.new_cart.per_minute", 1)
        .set("rate_limit.new_cart.burst", 3);
    for class in ["page", "api", "identity", "webhook", "wrong_code"] {
        for whom in ["per_ip", "per_user"] {
            source = source
                .set(&format!("rate_limit.{class}.{whom}.per_minute"), 1)
                .set(&format!("rate_limit.{class}.{whom}.burst"), 3);
        }
    }
    source
}

async fn statuses(shop: &Shop, count: usize) -> Vec<u16> {
    let mut found = Vec::new();
    for _ in 0..count {
        found.push(shop.get("/.well-known/jwks.json").await.status);
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_over_the_limit_get_a_429_with_retry_after() {
    let (url, prefix) = testkit::redis();
    let shop = Shop::open_with(|source| strict(source, &url, &prefix)).await;
    let first = shop.get("/.well-known/jwks.json").await;
    assert_eq!(first.header("ratelimit-policy"), "\"api\";q=3;w=180");
    assert_eq!(first.header("ratelimit"), "\"api\";r=2;t=60");
    assert_eq!(statuses(&shop, 3).await, [200, 200, 429]);
    let limited = shop.get("/.well-known/jwks.json").await;
    limited.problem(429, "rate-limited");
    let wait: u64 = limited.header("retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
}

#[tokio::test(flavor = "multi_thread")]
async fn gateways_share_their_counters() {
    let (url, prefix) = testkit::redis();
    let one = Shop::open_with(|source| strict(source, &url, &prefix)).await;
    let other = Shop::open_with(|source| strict(source, &url, &prefix)).await;
    assert_eq!(statuses(&one, 2).await, [200, 200]);
    assert_eq!(statuses(&other, 2).await, [200, 429]);
}

#[tokio::test(flavor = "multi_thread")]
async fn classes_and_accounts_are_counted_separately() {
    let (url, prefix) = testkit::redis();
    let shop = Shop::open_with(|source| {
        strict(source, &url, &prefix).set("rate_limit.api.per_ip.burst", 100)
    })
    .await;
    shop.services
        .on(|_: GetMeRequest| Ok(GetMeResponse { user: user() }));
    shop.services
        .on(|_: GetProductRequest| Ok(GetProductResponse { product: product() }));
    for expected in [200, 200, 200, 429] {
        let answer = shop.as_customer("GET", "/api/v1/me", Value::Null).await;
        assert_eq!(answer.status, expected);
    }
    shop.as_staff("GET", "/api/v1/me", Value::Null)
        .await
        .expect(200);
    let sign_in = json!({"refresh_token": "x"});
    let answer = shop.send("POST", "/api/v1/sessions/refresh", sign_in).await;
    assert_eq!(answer.header("ratelimit"), "\"identity\";r=2;t=60");
    for expected in [200, 200, 200, 429] {
        let answer = shop.get("/api/v1/products/coffee-one").await;
        assert_eq!(answer.status, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_tokens_count_against_their_address() {
    let (url, prefix) = testkit::redis();
    let shop = Shop::open_with(|source| strict(source, &url, &prefix)).await;
    for expected in [401, 401, 401, 429] {
        let request = shop.request("GET", "/api/v1/me").bearer_auth("not.a.token");
        assert_eq!(Answer::of(request).await.status, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_each_gateway_counts_alone_until_redis_returns() {
    let (url, prefix) = testkit::redis();
    let server = url
        .trim_start_matches("redis://")
        .trim_end_matches('/')
        .to_owned();
    let (server, database) = server.split_once('/').unwrap_or((&server, "0"));
    let (credentials, server) = match server.rsplit_once('@') {
        Some((credentials, server)) => (format!("{credentials}@"), server),
        None => (String::new(), server),
    };
    let proxy = Proxy::to(server).await;
    let proxied = format!("redis://{credentials}{}/{database}", proxy.address);
    let shop = Shop::open_with(|source| strict(source, &proxied, &prefix)).await;
    assert_eq!(statuses(&shop, 4).await, [200, 200, 200, 429]);
    proxy.cut();
    assert_eq!(
        statuses(&shop, 4).await,
        [200, 200, 200, 429],
        "the local counters start with a full burst"
    );
    for is_limited in [false, false, false, true] {
        assert_eq!(refresh(&shop).await == 429, is_limited);
    }
    proxy.restore();
    // Redis has no counts of this class yet, so a request that it counts is allowed.
    testkit::eventually("redis to count again", async || {
        (refresh(&shop).await != 429).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn counters_are_shared_with_a_gateway_that_uses_tls() {
    let (url, prefix) = testkit::redis();
    let plain = Shop::open_with(|source| strict(source, &url, &prefix)).await;
    let (url, _) = testkit::redis_with_tls();
    let ca_path = testkit::server_ca();
    let encrypted = Shop::open_with(|source| {
        let ca_path = ca_path.display().to_string();
        strict(source, &url, &prefix).set("rate_limit.redis_ca_path", ca_path)
    })
    .await;
    assert_eq!(statuses(&plain, 2).await, [200, 200]);
    assert_eq!(statuses(&encrypted, 2).await, [200, 429]);
}

async fn refresh(shop: &Shop) -> u16 {
    let token = json!({"refresh_token": "x"});
    shop.send("POST", "/api/v1/sessions/refresh", token)
        .await
        .status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_starts_without_redis() {
    let shop = Shop::open_with(|source| strict(source, "redis://127.0.0.1:1/", "x:")).await;
    assert_eq!(statuses(&shop, 4).await, [200, 200, 200, 429]);
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_behind_a_trusted_proxy_are_counted_separately() {
    let (url, prefix) = testkit::redis();
    let trusting =
        |source| strict(source, &url, &prefix).set("http.trusted_proxies", "127.0.0.0/8");
    let shop = Shop::open_with(trusting).await;
    let from = |client: &'static str| {
        let request = shop
            .request("GET", "/.well-known/jwks.json")
            .header("X-Forwarded-For", client);
        Answer::of(request)
    };
    for expected in [200, 200, 200, 429] {
        assert_eq!(from("203.0.113.1").await.status, expected);
    }
    assert_eq!(from("203.0.113.2").await.status, 200);
    assert_eq!(from("2001:db8::1").await.status, 200);
    // Azure's gateways write a port, a new one for each connection.
    for (port, expected) in [(4711, 200), (4712, 200), (4713, 200), (4714, 429)] {
        let request = shop
            .request("GET", "/.well-known/jwks.json")
            .header("X-Forwarded-For", format!("203.0.113.3:{port}"));
        assert_eq!(Answer::of(request).await.status, expected, "{port}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_behind_a_proxy_that_writes_forwarded_are_counted_separately() {
    let (url, prefix) = testkit::redis();
    let shop = Shop::open_with(|source| {
        strict(source, &url, &prefix)
            .set("http.trusted_proxies", "127.0.0.0/8, 10.0.0.0/8")
            .set("http.forwarded_header", "forwarded")
    })
    .await;
    let from = |forwarded: &'static str| {
        let request = shop
            .request("GET", "/.well-known/jwks.json")
            .header("X-Forwarded-For", "198.51.100.1")
            .header("Forwarded", forwarded);
        Answer::of(request)
    };
    for expected in [200, 200, 200, 429] {
        let client = "for=\"[2001:db8::1]:4711\", for=10.0.0.7;proto=https";
        assert_eq!(from(client).await.status, expected);
    }
    assert_eq!(from("for=203.0.113.2:4711").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn services_learn_the_network_of_a_client_behind_a_trusted_proxy() {
    let trusting = |source: Source| source.set("http.trusted_proxies", "127.0.0.0/8");
    let shop = Shop::open_with(trusting).await;
    shop.services.on(|_: SignInRequest| {
        let rejected =
            crate::samples::refusal(tonic::Code::Unauthenticated, "CREDENTIALS_INVALID", "wrong");
        Err::<SignInResponse, _>(rejected)
    });
    let clients = [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
    ];
    for (number, (client, network)) in clients.into_iter().enumerate() {
        let request = shop
            .request("POST", "/api/v1/sessions")
            .header("X-Forwarded-For", client)
            // What the client itself claims is not passed on.
            .header("x-client-network", "198.51.100.1");
        let guess = json!({"email": "ada@example.com", "password": "guess"});
        Answer::of(request.json(&guess))
            .await
            .problem(401, "credentials-invalid");
        let calls = shop.services.calls::<SignInRequest>();
        assert_eq!(calls[number].get("x-client-network").unwrap(), network);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_client_address_does_not_evade_the_limit() {
    let (url, prefix) = testkit::redis();
    let shop = Shop::open_with(|source| strict(source, &url, &prefix)).await;
    for (client, expected) in [
        ("1.1.1.1", 200),
        ("1.1.1.2", 200),
        ("1.1.1.3", 200),
        ("1.1.1.4", 429),
    ] {
        let request = shop
            .request("GET", "/.well-known/jwks.json")
            .header("X-Forwarded-For", client);
        assert_eq!(Answer::of(request).await.status, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_webhooks_does_not_limit_customers() {
    let (url, prefix) = testkit::redis();
    let shop = Shop::open_with(|source| strict(source, &url, &prefix)).await;
    shop.services
        .on(|_: ReceiveWebhookRequest| Ok(ReceiveWebhookResponse {}));
    for expected in [200, 200, 200, 429] {
        let request = shop
            .request("POST", "/webhooks/stripe")
            .header("Stripe-Signature", "t=1,v1=00");
        let answer = Answer::of(request.body("{}")).await;
        assert_eq!(answer.status, expected);
        assert_eq!(answer.header("retry-after").is_empty(), expected == 200);
    }
    assert_eq!(statuses(&shop, 1).await, [200]);
}

fn generous(source: Source, url: &str, prefix: &str) -> Source {
    strict(source, url, prefix)
        .set("rate_limit.api.per_ip.burst", 100)
        .set("rate_limit.api.per_user.burst", 100)
}

#[tokio::test(flavor = "multi_thread")]
async fn new_carts_of_a_network_are_limited() {
    let (url, prefix) = testkit::redis();
    let shop = Shop::open_with(|source| generous(source, &url, &prefix)).await;
    shop.services.on(|request: SetItemRequest| {
        Ok(SetItemResponse {
            cart: cart(if request.guest_token.is_empty() {
                "new"
            } else {
                "known"
            }),
        })
    });
    let path = "/api/v1/cart/items/COFFEE-1";
    let item = |quantity: u32| json!({ "quantity": quantity });
    for expected in [200, 200, 200, 429] {
        assert_eq!(shop.send("PUT", path, item(1)).await.status, expected);
    }
    // Only what makes a cart counts.
    shop.send("PUT", path, item(0)).await.expect(200);
    let known = shop.request("PUT", path).header("Cart-Token", "known");
    Answer::of(known.json(&item(1))).await.expect(200);
    shop.as_customer("PUT", path, item(1)).await.expect(200);
    let limited = shop.send("PUT", path, item(1)).await;
    limited.problem(429, "rate-limited");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_discount_codes_that_do_not_apply_are_counted() {
    for redis in [true, false] {
        let (url, prefix) = testkit::redis();
        let url = if redis {
            url
        } else {
            "redis://127.0.0.1:1/".to_owned()
        };
        let shop = Shop::open_with(|source| generous(source, &url, &prefix)).await;
        shop.services.on(|request: SetDiscountRequest| {
            if request.code == "GOOD" {
                return Ok(SetDiscountResponse { cart: cart("") });
            }
            let message = "the discount code is unknown";
            Err(refusal(
                Code::FailedPrecondition,
                "DISCOUNT_INVALID",
                message,
            ))
        });
        let set = async |code: &str| {
            let path = "/api/v1/cart/discount";
            let answer = shop.as_customer("PUT", path, json!({ "code": code })).await;
            answer.status
        };
        for _ in 0..6 {
            assert_eq!(set("GOOD").await, 200, "redis: {redis}");
        }
        for expected in [422, 422, 422, 429] {
            assert_eq!(set("GUESS").await, expected, "redis: {redis}");
        }
        assert_eq!(set("GOOD").await, 429, "redis: {redis}");
    }
}

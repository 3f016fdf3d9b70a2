//! Connections of slow, idle, greedy and broken clients. The deadlines are short; a test waits until the gateway closes.

use std::time::Duration;

use chassis::config::Source;
use contracts::user::v1::*;
use testkit::eventually;
use tokio::io::AsyncWriteExt;

use crate::{
    raw::{Raw, get},
    samples::user,
    shop::Shop,
};

const SMALL: &str = "/problems/cart-empty";
/// 1.4 MB, more than all buffers of a connection.
const LARGE: &str = "/docs/swagger-ui-bundle.js";

/// Idle connections are kept as long as possible, so whatever closes them is another limit.
fn patient(source: Source) -> Source {
    source.set("http.keep_alive_s", 3_600)
}

async fn closed(shop: &Shop, cause: &str) -> bool {
    let url = format!("{}/metrics", shop.gateway.admin_url());
    let metrics = reqwest::get(url).await.unwrap().text().await.unwrap();
    let series = format!("http_server_connections_closed_total{{cause=\"{cause}\"}} ");
    let line = metrics.lines().find_map(|line| line.strip_prefix(&series));
    line.is_some_and(|count| count != "0")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_sends_nothing_is_closed_silently() {
    let shop = Shop::open_with(|source| {
        source
            .set("http.keep_alive_s", 1)
            .set("http.head_timeout_ms", 1)
    })
    .await;
    assert_eq!(Raw::connect(&shop).await.rest().await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_kept_after_a_response_and_then_closed_silently() {
    let shop = Shop::open_with(|source| source.set("http.keep_alive_s", 1)).await;
    let mut client = Raw::connect(&shop).await;
    for _ in 0..3 {
        assert_eq!(client.get(SMALL).await.status(), 200);
    }
    assert_eq!(client.rest().await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_byte_of_the_next_request_does_not_hold_a_connection() {
    let shop = Shop::open_with(|source| patient(source).set("http.head_timeout_ms", 50)).await;
    let mut together = Raw::connect(&shop).await;
    together.send(get(SMALL) + "G").await;
    assert_eq!(together.reply().await.status(), 200);
    together.reply().await.problem(408, "head-timed-out");
    assert_eq!(together.rest().await, "");

    let mut later = Raw::connect(&shop).await;
    assert_eq!(later.get(SMALL).await.status(), 200);
    later.send("GET / HTTP/1.1\r\nX-Slow: ").await;
    later.reply().await.problem(408, "head-timed-out");
    assert_eq!(later.rest().await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_arrives_byte_by_byte_is_read() {
    let shop = Shop::open().await;
    let mut client = Raw::connect(&shop).await;
    for _ in 0..2 {
        for byte in format!("\r\n{}", get(SMALL)).bytes() {
            client.send([byte]).await;
        }
        assert_eq!(client.reply().await.status(), 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_one_packet_are_answered_in_order() {
    let shop = Shop::open().await;
    let mut client = Raw::connect(&shop).await;
    let body = "{\"refresh_token\": 1}";
    let post = format!(
        "POST /api/v1/sessions/refresh HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let packet = [get(SMALL), post, get("/nowhere"), get(SMALL)].concat();
    client.send(packet).await;
    assert_eq!(client.reply().await.status(), 200);
    client.reply().await.problem(422, "validation-failed");
    client.reply().await.problem(404, "not-found");
    assert_eq!(client.reply().await.status(), 200);
    assert_eq!(client.get(SMALL).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_ends_with_a_body_in_chunks() {
    let shop = Shop::open_with(patient).await;
    let mut client = Raw::connect(&shop).await;
    let head = "POST /api/v1/sessions/refresh HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n\
                Transfer-Encoding: chunked\r\n\r\n";
    client
        .send(format!("{head}2\r\n{{}}\r\n0\r\n\r\n{}", get(SMALL)))
        .await;
    let reply = client.reply().await;
    reply.problem(422, "validation-failed");
    assert!(reply.head.contains("connection: close"), "{reply:?}");
    assert_eq!(client.rest().await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_may_wait_for_100_continue() {
    let shop = Shop::open().await;
    let mut client = Raw::connect(&shop).await;
    let head = "POST /api/v1/sessions/refresh HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n\
                Content-Length: 2\r\nExpect: 100-continue\r\n\r\n";
    client.send(head).await;
    assert_eq!(client.reply().await.status(), 100);
    client.send("{}").await;
    client.reply().await.problem(422, "validation-failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_heads_are_problems() {
    let shop = Shop::open_with(patient).await;
    for head in [
        "NONSENSE\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nBad Name: 1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n folded: 1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1e3\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        // The first bytes of a TLS connection.
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0",
    ] {
        let mut client = Raw::connect(&shop).await;
        assert_eq!(client.get(SMALL).await.status(), 200);
        client.send(head).await;
        client.reply().await.problem(400, "bad-request");
        assert_eq!(client.rest().await, "", "{head:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_that_is_too_large_is_a_problem() {
    let shop = Shop::open_with(|source| patient(source).set("http.max_head_bytes", 1_024)).await;
    let long = "a".repeat(2_000);
    for head in [
        get(&format!("/{long}")),
        format!("GET / HTTP/1.1\r\nHost: shop\r\nCookie: {long}\r\n\r\n"),
        // It never ends.
        format!("GET /{long}"),
        "\r\n".repeat(2_000),
    ] {
        let mut client = Raw::connect(&shop).await;
        client.send(head).await;
        client.reply().await.problem(431, "head-too-large");
        assert_eq!(client.rest().await, "");
    }
    let path = format!("/{}", "a".repeat(900));
    Raw::connect(&shop)
        .await
        .get(&path)
        .await
        .problem(404, "not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_no_handler_reads_ends_the_connection() {
    let shop = Shop::open_with(patient).await;
    for kind in ["Content-Length: 1000000", "Transfer-Encoding: chunked"] {
        let mut client = Raw::connect(&shop).await;
        let head = format!("POST /nowhere HTTP/1.1\r\nHost: shop\r\n{kind}\r\n\r\n");
        client.send(head).await;
        client.reply().await.problem(404, "not-found");
        // The client sends until the gateway has closed the connection.
        while client.0.write_all(b"5\r\nhello\r\n").await.is_ok() {
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_is_disconnected() {
    let shop = Shop::open_with(|source| patient(source).set("http.write_timeout_ms", 50)).await;
    let mut client = Raw::connect(&shop).await;
    client.send(get(LARGE)).await;
    eventually("the write to time out", async || {
        closed(&shop, "write_timeout").await.then_some(())
    })
    .await;
    assert!(client.rest().await.len() < 1_000_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_response_arrives_whole() {
    let shop = Shop::open().await;
    let mut client = Raw::connect(&shop).await;
    let whole = client.get(LARGE).await;
    assert!(whole.body.len() > 1_000_000 && whole.head.contains("vary: accept-encoding"));
    assert_eq!(client.get(LARGE).await.body, whole.body);
    let compressed = shop
        .request("GET", LARGE)
        .header("Accept-Encoding", "gzip")
        .send()
        .await
        .unwrap();
    assert_eq!(compressed.headers()["content-encoding"], "gzip");
    assert!(compressed.bytes().await.unwrap().len() * 2 < whole.body.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_with_many_idle_connections_loses_the_oldest_one() {
    let few = |source| patient(source).set("http.max_connections_per_address", 2);
    let shop = Shop::open_with(few).await;
    let mut oldest = Raw::connect(&shop).await;
    assert_eq!(oldest.get(SMALL).await.status(), 200);
    let mut second = Raw::connect(&shop).await;
    assert_eq!(second.get(SMALL).await.status(), 200);
    let mut third = Raw::connect(&shop).await;
    assert_eq!(third.get(SMALL).await.status(), 200);
    assert_eq!(oldest.rest().await, "");
    assert_eq!(second.get(SMALL).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_whose_connections_are_all_in_use_gets_no_other() {
    let shop = Shop::open_with(|source| {
        patient(source)
            .set("http.max_connections_per_address", 2)
            .set("budget.default_ms", 600_000)
            .set("upstreams.user.timeout_ms", 600_000)
    })
    .await;
    shop.services
        .on(|_: GetMeRequest| Ok(GetMeResponse { user: user() }));
    shop.services.delay(Duration::from_secs(600));
    let token = &shop.customer.1;
    let request =
        format!("GET /api/v1/me HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer {token}\r\n\r\n");
    let mut busy = [Raw::connect(&shop).await, Raw::connect(&shop).await];
    for client in &mut busy {
        client.send(&request).await;
    }
    eventually("both requests to run", async || {
        (shop.services.calls::<GetMeRequest>().len() == 2).then_some(())
    })
    .await;
    assert_eq!(Raw::connect(&shop).await.rest().await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quarter_of_all_connections_is_soon_free_for_others() {
    let shop = Shop::open_with(|source| {
        patient(source)
            .set("http.max_connections", 4)
            .set("http.head_timeout_ms", 50)
    })
    .await;
    let mut silent = Vec::new();
    for _ in 0..4 {
        silent.push(Raw::connect(&shop).await);
    }
    let mut client = Raw::connect(&shop).await;
    assert_eq!(client.get(SMALL).await.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_proxy_may_have_many_connections() {
    let shop = Shop::open_with(|source| {
        patient(source)
            .set("http.max_connections_per_address", 1)
            .set("http.trusted_proxies", "127.0.0.0/8")
    })
    .await;
    let mut clients = Vec::new();
    for _ in 0..5 {
        clients.push(Raw::connect(&shop).await);
    }
    for client in &mut clients {
        assert_eq!(client.get(SMALL).await.status(), 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_do_not_fit_into_memory_are_rejected() {
    let shop = Shop::open_with(|source| {
        patient(source)
            .set("http.max_body_memory_bytes", 1_048_576)
            .set("http.body_timeout_ms", 600_000)
    })
    .await;
    let head = "POST /api/v1/users HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n\
                Content-Length: 65536\r\n\r\n";
    let mut waiting = Vec::new();
    for _ in 0..16 {
        let mut client = Raw::connect(&shop).await;
        client.send(head.to_owned() + &" ".repeat(65_535)).await;
        waiting.push(client);
    }
    eventually("the memory to be full", async || {
        let mut client = Raw::connect(&shop).await;
        client
            .send(head.replace("65536", "100") + &" ".repeat(100))
            .await;
        let reply = client.reply().await;
        (reply.status() == 503).then(|| reply.problem(503, "overloaded"))
    })
    .await;
    drop(waiting);
    eventually("the memory to be free", async || {
        let mut client = Raw::connect(&shop).await;
        client.send(head.replace("65536", "2") + "{}").await;
        (client.reply().await.status() == 422).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_only_announced_keep_nobody_out() {
    let shop = Shop::open_with(|source| {
        patient(source)
            .set("http.max_body_memory_bytes", 1_048_576)
            .set("http.body_timeout_ms", 600_000)
    })
    .await;
    let mut waiting = Vec::new();
    for (path, length) in [("/api/v1/users", 65_536), ("/webhooks/stripe", 524_288)] {
        for _ in 0..17 {
            let mut client = Raw::connect(&shop).await;
            let head = format!(
                "POST {path} HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n\
                 Content-Length: {length}\r\n\r\n"
            );
            client.send(head + "{").await;
            waiting.push(client);
        }
    }
    let mut client = Raw::connect(&shop).await;
    let body = "POST /api/v1/users HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n\
                Content-Length: 2\r\n\r\n{}";
    client.send(body).await;
    client.reply().await.problem(422, "validation-failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_whose_next_request_is_read_ahead_ends() {
    let shop = Shop::open_with(patient).await;
    shop.services
        .on(|_: GetMeRequest| Ok(GetMeResponse { user: user() }));
    shop.services.delay(Duration::from_millis(200));
    let token = &shop.customer.1;
    let second = "POST /api/v1/users HTTP/1.1\r\nHost: shop\r\nContent-Type: application/json\r\n\
                  Content-Length: 1000000\r\n\r\n";
    for rest in [
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Upgrade: x\r\n\r\n",
    ] {
        let mut client = Raw::connect(&shop).await;
        let head = "GET /api/v1/me HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer";
        let first = format!("{head} {token}\r\n{rest}");
        client
            .send([&first, second, &" ".repeat(300_000)].concat())
            .await;
        assert_eq!(client.reply().await.status(), 200);
    }
    eventually("the connection to end", async || {
        let url = format!("{}/metrics", shop.gateway.admin_url());
        let metrics = reqwest::get(url).await.unwrap().text().await.unwrap();
        let count = metrics
            .lines()
            .find_map(|line| line.strip_prefix("http_server_connections "));
        (count == Some("0.0")).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_with_very_many_parameters_gets_a_small_response() {
    let shop = Shop::open().await;
    let many = format!("/api/v1/cart?a{}", "&a".repeat(7_000));
    let mut client = Raw::connect(&shop).await;
    let reply = client.get(&many).await;
    reply.problem(400, "query-invalid");
    assert!(reply.body.len() < 1_000, "{} bytes", reply.body.len());

    let unknown: Vec<_> = (0..90)
        .map(|index| format!("{index}{}=1", "x".repeat(150)))
        .collect();
    let reply = client
        .get(&format!("/api/v1/cart?{}", unknown.join("&")))
        .await;
    reply.problem(400, "query-invalid");
    let document: serde_json::Value = serde_json::from_str(&reply.body).unwrap();
    assert_eq!(document["errors"].as_array().unwrap().len(), 20);
    assert!(reply.body.len() < 8_000, "{} bytes", reply.body.len());
}

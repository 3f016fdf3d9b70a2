//! Attacks by HTTP itself. `gateway/tests/it/connections.rs` tries each limit of a connection alone.

use e2e::Shop;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A connection to the gateway.
async fn connect(shop: &Shop) -> TcpStream {
    let url = shop.url();
    let address = url.trim_start_matches("http://");
    TcpStream::connect(address).await.unwrap()
}

/// Sends `request` and returns what arrives until the gateway closes the connection.
async fn exchange(shop: &Shop, request: &str) -> String {
    let mut stream = connect(shop).await;
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// A customer checks out, as if nothing had happened.
async fn a_customer_buys(shop: &Shop, key: &str) {
    let mut customer = shop.customer().await;
    customer.put_into_cart("CHAIR", 1).await;
    customer.check_out("pm_card_visa", key).await.ok();
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_http_is_refused() {
    let shop = Shop::open().await;
    shop.product("CHAIR", 1_000, 10).await;
    for request in [
        "\0\0\0\0\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "POST /api/v1/orders HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /api/v1/orders HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 30\r\n\r\nabc",
        "POST /api/v1/orders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        "POST /api/v1/orders HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
    ] {
        let answer = exchange(&shop, request).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{request:?}: {answer}");
        assert!(
            answer.contains("/problems/bad-request"),
            "{request:?}: {answer}"
        );
    }
    a_customer_buys(&shop, "after-malformed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_smuggled_request_is_not_answered() {
    let shop = Shop::open().await;
    // The second request hides in the body of the first one, by either way to say where the body ends.
    for framing in ["Content-Length: 5", "Transfer-Encoding: chunked"] {
        let request = format!(
            "POST /api/v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\n\
             {framing}\r\n\r\n0\r\n\r\nGET /problems HTTP/1.1\r\nHost: a\r\n\r\n"
        );
        let answer = exchange(&shop, &request).await;
        assert_eq!(
            answer.matches("HTTP/1.1 ").count(),
            1,
            "{framing}: {answer}"
        );
        assert!(answer.starts_with("HTTP/1.1 400 "), "{framing}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_header_is_injected() {
    let shop = Shop::open().await;
    let injected = "%0d%0aSet-Cookie:%20stolen=1%0d%0a";
    for path in [
        format!("/docs/{injected}"),
        format!("/orders/{injected}"),
        format!("/problems/{injected}"),
        format!("/api/v1/products/{injected}"),
        format!("/api/v1/products?q={injected}&page_token={injected}"),
        format!("/api/v1/cart?country={injected}"),
    ] {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: a\r\nCart-Token: {injected}\r\ntraceparent: {injected}\r\n\
             Connection: close\r\n\r\n"
        );
        let answer = exchange(&shop, &request).await;
        let (head, _) = answer.split_once("\r\n\r\n").unwrap();
        // A page sets cookies of its own.
        let is_injected = |line: &str| line.to_lowercase().starts_with("set-cookie: stolen");
        assert!(!head.lines().any(is_injected), "{path}: {head}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_redirect_leads_out_of_the_shop() {
    let shop = Shop::open().await;
    for path in [
        "/docs",
        "//evil.example/docs",
        "/docs?next=https://evil.example",
        "/%2f%2fevil.example/docs",
        "/\\evil.example/docs",
        "https://evil.example/docs",
        "/docs/..//evil.example",
    ] {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\n\
             Connection: close\r\n\r\n"
        );
        let answer = exchange(&shop, &request).await;
        let location = answer
            .lines()
            .find_map(|line| line.strip_prefix("location: "));
        assert!(
            location.is_none_or(|url| url == "/docs/"),
            "{path}: {answer}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn oversize_requests_get_small_answers() {
    let shop = Shop::open().await;
    shop.product("CHAIR", 1_000, 10).await;
    let close = "Host: a\r\nConnection: close\r\n";
    let long = "a".repeat(60_000);
    let body = format!("{{\"email\": \"{}\"}}", "a".repeat(100_000));
    let length = body.len();
    let json = format!("{close}Content-Type: application/json\r\n");
    for (request, status) in [
        (format!("GET /{long} HTTP/1.1\r\n{close}\r\n"), "431"),
        (
            format!("GET / HTTP/1.1\r\n{close}Cookie: {long}\r\n\r\n"),
            "431",
        ),
        (
            format!(
                "GET /api/v1/cart?{} HTTP/1.1\r\n{close}\r\n",
                "a&".repeat(7_000)
            ),
            "400",
        ),
        (
            format!("POST /api/v1/users HTTP/1.1\r\n{json}Content-Length: {length}\r\n\r\n{body}"),
            "413",
        ),
        (
            format!(
                "POST /api/v1/users HTTP/1.1\r\n{json}Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n"
            ),
            "413",
        ),
    ] {
        let answer = exchange(&shop, &request).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
        assert!(answer.contains("application/problem+json"), "{answer}");
        assert!(answer.len() < 4_000, "{} bytes", answer.len());
    }
    a_customer_buys(&shop, "after-oversize").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_buy_during_a_flood_of_slow_connections() {
    let settings = [("gateway", "http.max_connections_per_address", "100")];
    let shop = Shop::open_with(&settings).await;
    shop.product("CHAIR", 1_000, 10).await;
    let mut flood = Vec::new();
    // More than one address may have: silent ones, unfinished heads, unfinished bodies, and clients that do not read.
    for number in 0..160 {
        let mut stream = connect(&shop).await;
        let start = match number % 4 {
            0 => "",
            1 => "GET /problems HTTP/1.1\r\nHost: a\r\nX-Slow: ",
            2 => {
                "POST /api/v1/users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
            }
            _ => "GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: a\r\n\r\n",
        };
        // The gateway may have closed it for a newer one.
        let _ = stream.write_all(start.as_bytes()).await;
        flood.push(stream);
    }
    a_customer_buys(&shop, "during-the-flood").await;
    drop(flood);
}

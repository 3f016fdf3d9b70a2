//! How many streams there are, how long they last, and clients that leave or do not read.

use kernel::UserId;
use testkit::eventually;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpSocket;

use super::*;
use crate::raw::Raw;

#[tokio::test(flavor = "multi_thread")]
async fn streams_are_limited_per_account_and_in_all() {
    let shop = Shop::open_with(|source| quiet(source).set("streams.max", 2)).await;
    Timeline::serve(&shop);
    let own = &shop.customer.1;
    let [bob, eve] = [(); 2].map(|()| shop.issuer.token(UserId::generate(), "customer"));
    let first = Events::open(&shop).await;
    let answer = refused(&shop, own).await.unwrap();
    answer.problem(429, "too-many-streams");
    assert_eq!(answer.header("retry-after"), "10");
    let _other = Events::open_as(&shop, &bob).await;
    let answer = refused(&shop, &eve).await.unwrap();
    answer.problem(503, "overloaded");
    assert_ne!(answer.header("retry-after"), "");
    drop(first);
    wait_until_free(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_are_limited_per_address() {
    let shop = Shop::open_with(|source| quiet(source).set("streams.max_per_address", 1)).await;
    Timeline::serve(&shop);
    let _first = Events::open(&shop).await;
    let bob = shop.issuer.token(UserId::generate(), "customer");
    let answer = refused(&shop, &bob).await.unwrap();
    answer.problem(429, "too-many-streams");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_after_its_longest_time() {
    let shop = Shop::open_with(|source| quiet(source).set("streams.max_ms", 1)).await;
    Timeline::serve(&shop);
    let text = Events::open(&shop).await.rest().await;
    assert!(text.starts_with("id: 1\n"), "{text}");
    assert!(text.ends_with("retry: 2000\n\n"), "{text}");
}

fn raw_request(shop: &Shop) -> String {
    let token = &shop.customer.1;
    format!(
        "GET {} HTTP/1.1\r\nHost: shop\r\nAuthorization: Bearer {token}\r\n\r\n",
        url()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_a_quiet_stream_is_noticed() {
    let shop = Shop::open_with(quiet).await;
    Timeline::serve(&shop);
    let mut client = Raw::connect(&shop).await;
    client.send(raw_request(&shop)).await;
    assert_eq!(client.reply().await.status(), 200);
    assert!(refused(&shop, &shop.customer.1).await.is_some());
    drop(client);
    wait_until_free(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_read_its_stream_is_cut_off() {
    let shop = Shop::open_with(|source| quiet(source).set("http.write_timeout_ms", 100)).await;
    let timeline = Timeline::serve(&shop);
    for _ in 0..199 {
        timeline.add("asked_again", &"x".repeat(20_000));
    }
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut client = socket.connect(shop.gateway.listen).await.unwrap();
    client
        .write_all(raw_request(&shop).as_bytes())
        .await
        .unwrap();
    let calls = || shop.services.calls::<GetTimelineRequest>().len();
    eventually("the stream has read the order", async || {
        (calls() > 0).then_some(())
    })
    .await;
    wait_until_free(&shop).await;
    drop(client);
}

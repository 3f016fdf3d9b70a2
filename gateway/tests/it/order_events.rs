//! The progress of an order as a stream of events.

use std::sync::{Arc, Mutex};

use chassis::{config::Source, shutdown::Stopped};
use contracts::order::v1::*;
use reqwest::Response;
use testkit::eventually;
use tonic::{Code, Status};

use crate::{
    samples::{ID, refusal, time},
    shop::{Answer, Shop},
};

mod limits;

fn url() -> String {
    format!("/api/v1/orders/{ID}/events")
}

/// Streams that poll often.
fn eager(source: Source) -> Source {
    source.set("streams.poll_ms", 10)
}

/// Streams that do nothing by themselves, one per account.
fn quiet(source: Source) -> Source {
    source
        .set("streams.poll_ms", 3_600_000)
        .set("streams.heartbeat_ms", 600_000)
        .set("streams.max_per_account", 1)
}

/// The timeline that the fake of `order` has.
#[derive(Clone)]
struct Timeline(Arc<Mutex<(Vec<TimelineEntry>, OrderStatus)>>);

impl Timeline {
    fn serve(shop: &Shop) -> Self {
        let timeline = Self(Arc::new(Mutex::new((Vec::new(), OrderStatus::Pending))));
        timeline.add("placed", "Order placed");
        timeline.answer(shop);
        timeline
    }

    fn answer(&self, shop: &Shop) {
        let served = self.clone();
        shop.services.on(move |request: GetTimelineRequest| {
            assert_eq!(request.id, ID);
            let timeline = served.0.lock().unwrap();
            let after = usize::try_from(request.after).unwrap();
            Ok(GetTimelineResponse {
                entries: timeline.0.iter().skip(after).cloned().collect(),
                status: timeline.1.into(),
            })
        });
    }

    fn add(&self, kind: &str, message: &str) {
        let entries = &mut self.0.lock().unwrap().0;
        let position = u32::try_from(entries.len() + 1).unwrap();
        entries.push(TimelineEntry {
            at: time(),
            service: "order".to_owned(),
            kind: kind.to_owned(),
            message: message.to_owned(),
            position,
        });
    }

    fn end(&self, status: OrderStatus) {
        self.0.lock().unwrap().1 = status;
    }
}

/// A stream, and what arrived of it.
struct Events {
    response: Response,
    text: String,
}

impl Events {
    async fn open(shop: &Shop) -> Self {
        Self::open_as(shop, &shop.customer.1).await
    }

    async fn open_as(shop: &Shop, token: &str) -> Self {
        let response = shop.request("GET", &url()).bearer_auth(token).send().await;
        let response = response.unwrap();
        assert_eq!(response.status(), 200);
        let text = String::new();
        Self { response, text }
    }

    /// Reads until this was received.
    async fn until(&mut self, part: &str) {
        while !self.text.contains(part) {
            let chunk = self.response.chunk().await.unwrap();
            let chunk = chunk.unwrap_or_else(|| panic!("no {part} in {}", self.text));
            self.text.push_str(str::from_utf8(&chunk).unwrap());
        }
    }

    /// The whole stream.
    async fn rest(mut self) -> String {
        while let Some(chunk) = self.response.chunk().await.unwrap() {
            self.text.push_str(str::from_utf8(&chunk).unwrap());
        }
        self.text
    }
}

async fn refused(shop: &Shop, token: &str) -> Option<Answer> {
    let request = shop.request("GET", &url()).bearer_auth(token);
    let response = request.send().await.unwrap();
    if response.status() == 200 {
        return None;
    }
    Some(Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.text().await.unwrap(),
    })
}

async fn wait_until_free(shop: &Shop) {
    eventually("a stream can be opened again", async || {
        refused(shop, &shop.customer.1)
            .await
            .is_none()
            .then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_are_streamed_until_the_order_ends() {
    let shop = Shop::open_with(eager).await;
    let timeline = Timeline::serve(&shop);
    let mut events = Events::open(&shop).await;
    let header = |name| events.response.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "text/event-stream");
    assert_eq!(header("cache-control"), "no-store");
    events.until("id: 1\nevent: placed\ndata: {").await;
    timeline.add("stock_refused", "Not enough stock: TEA");
    events.until("id: 2\nevent: stock_refused\n").await;
    timeline.add("rejected", "Order rejected: out of stock");
    timeline.end(OrderStatus::Rejected);
    let text = events.rest().await;
    assert!(text.contains("id: 3\nevent: rejected\n"), "{text}");
    let end = "event: end\ndata: {\"status\":\"rejected\"}\n\n";
    assert!(text.ends_with(end), "{text}");
    let entry = text.lines().find_map(|line| line.strip_prefix("data: "));
    let entry: serde_json::Value = serde_json::from_str(entry.unwrap()).unwrap();
    let whole = format!("/api/v1/orders/{ID}/timeline");
    let whole = shop
        .as_customer("GET", &whole, serde_json::Value::Null)
        .await;
    assert_eq!(entry, whole.expect(200)["items"][0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_continues_after_the_last_event_of_the_client() {
    let shop = Shop::open().await;
    let timeline = Timeline::serve(&shop);
    timeline.add("shipped", "Order shipped");
    timeline.add("delivered", "Order delivered");
    timeline.end(OrderStatus::Delivered);
    let after = async |last: &str| {
        let request = shop.request("GET", &url()).bearer_auth(&shop.customer.1);
        Answer::of(request.header("Last-Event-ID", last)).await
    };
    let rest = after("2").await;
    assert_eq!(rest.status, 200);
    assert!(
        rest.text.starts_with("id: 3\nevent: delivered\n"),
        "{rest:?}"
    );
    assert!(rest.text.contains("event: end\n"), "{rest:?}");
    assert_eq!(
        after("3").await.status,
        204,
        "a browser does not connect again"
    );
    for malformed in ["", "x", "-1", "4294967296"] {
        let document = after(malformed).await.problem(400, "header-invalid");
        assert_eq!(document["errors"][0]["field"], "Last-Event-ID");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_others_has_no_stream() {
    let shop = Shop::open().await;
    shop.services.on(|_: GetTimelineRequest| {
        let unknown = refusal(Code::NotFound, "ORDER_NOT_FOUND", "there is no such order");
        Err::<GetTimelineResponse, _>(unknown)
    });
    let answer = shop
        .as_customer("GET", &url(), serde_json::Value::Null)
        .await;
    answer.problem(404, "order-not-found");
    let answer = shop.get(&url()).await;
    answer.problem(401, "token-missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_the_gateway_stops() {
    let shop = Shop::open_with(quiet).await;
    Timeline::serve(&shop);
    let mut events = Events::open(&shop).await;
    events.until("id: 1\n").await;
    shop.gateway.begin_stop();
    let text = events.rest().await;
    assert!(text.ends_with("retry: 2000\n\n"), "{text}");
    assert_eq!(shop.gateway.stopped().await, Stopped::Cleanly);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_when_the_token_is_refused() {
    let shop = Shop::open_with(eager).await;
    Timeline::serve(&shop);
    let mut events = Events::open(&shop).await;
    events.until("id: 1\n").await;
    shop.services.on(|_: GetTimelineRequest| {
        let expired = refusal(Code::Unauthenticated, "TOKEN_EXPIRED", "expired");
        Err::<GetTimelineResponse, _>(expired)
    });
    let text = events.rest().await;
    assert!(text.ends_with("retry: 2000\n\n"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_of_order_does_not_end_a_stream() {
    let shop = Shop::open_with(eager).await;
    let timeline = Timeline::serve(&shop);
    let mut events = Events::open(&shop).await;
    events.until("id: 1\n").await;
    shop.services
        .on(|_: GetTimelineRequest| Err::<GetTimelineResponse, _>(Status::internal("")));
    let calls = || shop.services.calls::<GetTimelineRequest>().len();
    let before = calls();
    eventually("the stream has tried", async || {
        (calls() > before + 2).then_some(())
    })
    .await;
    timeline.add("confirmed", "Order confirmed");
    timeline.answer(&shop);
    events.until("id: 2\nevent: confirmed\n").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quiet_stream_has_heartbeats() {
    let shop = Shop::open_with(|source| quiet(source).set("streams.heartbeat_ms", 10)).await;
    Timeline::serve(&shop);
    let mut events = Events::open(&shop).await;
    events.until(": heartbeat\n\n: heartbeat\n\n").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_head_of_a_stream_can_be_read_without_the_stream() {
    let shop = Shop::open_with(quiet).await;
    Timeline::serve(&shop);
    let request = shop.request("HEAD", &url()).bearer_auth(&shop.customer.1);
    let head = Answer::of(request).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(head.header("content-type"), "text/event-stream");
    wait_until_free(&shop).await;
}

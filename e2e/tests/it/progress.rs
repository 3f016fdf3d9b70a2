//! A customer follows an order by a stream of events.

use e2e::{Customer, Shop};
use reqwest::{Method, Response};
use serde_json::json;

/// Only events of the broker wake a stream.
const WITHOUT_POLLS: &[(&str, &str, &str)] = &[("gateway", "streams.poll_ms", "3600000")];

/// A stream, and what arrived of it.
struct Events {
    response: Response,
    text: String,
}

impl Events {
    async fn open(shop: &Shop, customer: &Customer, order: &str, last: Option<u32>) -> Self {
        let path = format!("/api/v1/orders/{order}/events");
        let mut request = shop.request(Method::GET, &path);
        request = request.bearer_auth(customer.token().unwrap());
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        let text = String::new();
        Self { response, text }
    }

    async fn until(&mut self, part: &str) {
        while !self.text.contains(part) {
            let chunk = self.response.chunk().await.unwrap();
            let chunk = chunk.unwrap_or_else(|| panic!("no {part} in {}", self.text));
            self.text.push_str(str::from_utf8(&chunk).unwrap());
        }
    }

    async fn until_end(&mut self) {
        while let Some(chunk) = self.response.chunk().await.unwrap() {
            self.text.push_str(str::from_utf8(&chunk).unwrap());
        }
    }

    /// The values of a field.
    fn all(&self, field: &str) -> Vec<&str> {
        let lines = self.text.lines();
        lines
            .filter_map(|line| line.strip_prefix(field)?.strip_prefix(": "))
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_shows_an_order_from_its_placing_to_its_end() {
    let shop = Shop::open_with(WITHOUT_POLLS).await;
    shop.product("HARP", 1_500, 5).await;
    let mut customer = shop.customer().await;
    shop.payment_broker.cut();
    let order = customer.buy("HARP", 1, "pm_card_visa").await;
    let mut events = Events::open(&shop, &customer, &order, None).await;
    events.until("event: placed\n").await;

    shop.payment_broker.restore();
    events.until("event: confirmed\n").await;
    let cancellation = format!("/orders/{order}/cancellation");
    customer.post(&cancellation, json!({})).await.ok();
    events.until_end().await;

    let timeline = customer.timeline(&order).await;
    let mut kinds: Vec<&str> = timeline
        .iter()
        .map(|entry| entry.split_once(':').unwrap().1)
        .collect();
    kinds.push("end");
    assert_eq!(events.all("event"), kinds);
    let ids: Vec<String> = (1..=timeline.len()).map(|id| id.to_string()).collect();
    assert_eq!(events.all("id"), ids);
    assert_eq!(
        events.all("data").last(),
        Some(&"{\"status\":\"cancelled\"}")
    );

    let mut rest = Events::open(&shop, &customer, &order, Some(3)).await;
    rest.until_end().await;
    assert_eq!(rest.all("id"), ids[3..]);
}

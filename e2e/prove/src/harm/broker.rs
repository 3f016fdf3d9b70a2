//! RabbitMQ through its management API: connections closed, messages published a second time.

use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::Harm;

/// The vhost of the shop, as it is written in paths.
const VHOST: &str = "%2F";
const EVENTS: &str = "mercantile.events";
const COMMANDS: &str = "mercantile.commands";
/// Copies that one fault makes at most.
const COPIES: usize = 300;
const PATIENCE: Duration = Duration::from_secs(5);

impl Harm {
    fn management(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/api/{path}", self.house.addresses.rabbitmq_api);
        self.http.request(method, url).timeout(PATIENCE)
    }

    async fn ask_broker(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        let answer = self
            .management(method, path)
            .json(body)
            .send()
            .await?
            .error_for_status()?;
        let text = answer.text().await?;
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    /// The broker closes every connection.
    pub(super) async fn cut_broker(&self) -> Result<()> {
        let answer = self.management(Method::GET, "connections").send().await?;
        let connections: Vec<Value> = answer.error_for_status()?.json().await?;
        for connection in &connections {
            let name = connection.get("name").and_then(Value::as_str);
            let name = name.unwrap_or_default();
            let path = name.replace(' ', "%20").replace('>', "%3E");
            // Gone by itself meanwhile: as good.
            let _gone = self
                .management(Method::DELETE, &format!("connections/{path}"))
                .send()
                .await;
        }
        Ok(())
    }

    /// Takes a copy of every message for a while, and publishes all copies at the end of it.
    pub(super) async fn duplicate(&self, number: usize, hold: Duration) -> Result<usize> {
        let queue = format!("prove.copies.{number}");
        let spied = async {
            self.spy(&queue).await?;
            self.hold(hold).await;
            self.publish_copies(&queue).await
        };
        let outcome = spied.await;
        let path = format!("queues/{VHOST}/{queue}");
        let _gone_with_the_broker = self.management(Method::DELETE, &path).send().await;
        outcome
    }

    async fn spy(&self, queue: &str) -> Result<()> {
        let settings = json!({
            "durable": false, "auto_delete": false,
            // Removed by the broker if we do not come to it.
            "arguments": {"x-max-length": COPIES, "x-expires": 120_000},
        });
        self.ask_broker(Method::PUT, &format!("queues/{VHOST}/{queue}"), &settings)
            .await?;
        self.bind(EVENTS, queue, "#").await?;
        let path = format!("exchanges/{VHOST}/{COMMANDS}/bindings/source");
        let answer = self.management(Method::GET, &path).send().await?;
        let bindings: Vec<Value> = answer.error_for_status()?.json().await?;
        for binding in &bindings {
            if let Some(key) = binding.get("routing_key").and_then(Value::as_str) {
                self.bind(COMMANDS, queue, key).await?;
            }
        }
        Ok(())
    }

    async fn bind(&self, exchange: &str, queue: &str, key: &str) -> Result<()> {
        let path = format!("bindings/{VHOST}/e/{exchange}/q/{queue}");
        self.ask_broker(Method::POST, &path, &json!({ "routing_key": key }))
            .await?;
        Ok(())
    }

    async fn publish_copies(&self, queue: &str) -> Result<usize> {
        let get = json!({"count": COPIES, "ackmode": "ack_requeue_false", "encoding": "auto"});
        let path = format!("queues/{VHOST}/{queue}/get");
        let copies = self.ask_broker(Method::POST, &path, &get).await?;
        let copies = copies.as_array().context("the copies")?;
        for copy in copies {
            let exchange = copy.get("exchange").and_then(Value::as_str);
            let exchange = exchange.context("a copy from an exchange")?;
            let path = format!("exchanges/{VHOST}/{exchange}/publish");
            self.ask_broker(Method::POST, &path, copy).await?;
        }
        Ok(copies.len())
    }
}

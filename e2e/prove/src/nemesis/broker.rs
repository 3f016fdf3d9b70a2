//! Faults of messaging, injected through RabbitMQ's management API.

use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::Nemesis;

/// The vhost `/`, percent-encoded.
const VHOST: &str = "%2F";
const EVENTS: &str = "mercantile.events";
const COMMANDS: &str = "mercantile.commands";
/// Messages that one fault duplicates at most: the queue of copies keeps the newest.
const MAX_COPIES: usize = 300;
const TIMEOUT: Duration = Duration::from_secs(5);

impl Nemesis {
    fn management(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/api/{path}", self.cluster.addresses.rabbitmq_api);
        self.http.request(method, url).timeout(TIMEOUT)
    }

    async fn call_management(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
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
    pub(super) async fn close_amqp_connections(&self) -> Result<()> {
        let answer = self.management(Method::GET, "connections").send().await?;
        let connections: Vec<Value> = answer.error_for_status()?.json().await?;
        for connection in &connections {
            let name = connection.get("name").and_then(Value::as_str);
            let name = name.unwrap_or_default();
            let path = name.replace(' ', "%20").replace('>', "%3E");
            // It may have been closed meanwhile.
            let _already_closed = self
                .management(Method::DELETE, &format!("connections/{path}"))
                .send()
                .await;
        }
        Ok(())
    }

    /// Copies messages for `duration`, then publishes the newest [`MAX_COPIES`] a second time.
    /// Returns their number.
    pub(super) async fn duplicate_messages(
        &self,
        number: usize,
        duration: Duration,
    ) -> Result<usize> {
        let queue = format!("prove.copies.{number}");
        let duplicated = async {
            self.bind_copy_queue(&queue).await?;
            self.wait(duration).await;
            self.publish_copies(&queue).await
        };
        let outcome = duplicated.await;
        let path = format!("queues/{VHOST}/{queue}");
        // The queue is not durable: after a restart of the broker there is none to delete.
        let _deleted = self.management(Method::DELETE, &path).send().await;
        outcome
    }

    /// Declares a queue that gets a copy of every event and command.
    async fn bind_copy_queue(&self, queue: &str) -> Result<()> {
        let settings = json!({
            "durable": false, "auto_delete": false,
            // The broker deletes the queue should this process end before.
            "arguments": {"x-max-length": MAX_COPIES, "x-expires": 120_000},
        });
        self.call_management(Method::PUT, &format!("queues/{VHOST}/{queue}"), &settings)
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
        self.call_management(Method::POST, &path, &json!({ "routing_key": key }))
            .await?;
        Ok(())
    }

    async fn publish_copies(&self, queue: &str) -> Result<usize> {
        let get = json!({"count": MAX_COPIES, "ackmode": "ack_requeue_false", "encoding": "auto"});
        let path = format!("queues/{VHOST}/{queue}/get");
        let copies = self.call_management(Method::POST, &path, &get).await?;
        let copies = copies
            .as_array()
            .context("RabbitMQ did not answer with a list of messages")?;
        for copy in copies {
            let exchange = copy.get("exchange").and_then(Value::as_str);
            let exchange = exchange.context("a copied message names no exchange")?;
            let path = format!("exchanges/{VHOST}/{exchange}/publish");
            self.call_management(Method::POST, &path, copy).await?;
        }
        Ok(copies.len())
    }
}

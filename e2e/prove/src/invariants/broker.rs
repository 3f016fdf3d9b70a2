//! The queues, as RabbitMQ's management API reports them.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::{Client, Url};
use serde_json::Value;

use crate::Addresses;

/// A queue and its length, which the broker updates every few seconds.
#[derive(Debug)]
pub(super) struct QueueFacts {
    pub(super) name: String,
    pub(super) messages: u64,
}

impl QueueFacts {
    pub(super) fn holds_dead_letters(&self) -> bool {
        self.name.ends_with(".dead")
    }
}

pub(super) async fn read(addresses: &Addresses) -> Result<Vec<QueueFacts>> {
    let mut url = Url::parse(&addresses.rabbitmq_api)
        .context("the URL of the broker's management API is invalid")?;
    url.path_segments_mut()
        .ok()
        .context("the URL of the broker's management API cannot have a path")?
        .pop_if_empty()
        .extend(["api", "queues", addresses.vhost.as_str()]);
    // reqwest sends the credentials in the URL as a header.
    let answer = Client::new()
        .get(url)
        .timeout(Duration::from_secs(10))
        .send()
        .await
        .context("the broker's management API does not answer")?;
    ensure!(
        answer.status().is_success(),
        "the broker's management API answers {}",
        answer.status()
    );
    let queues: Vec<Value> = answer.json().await?;
    let queue = |queue: &Value| {
        Some(QueueFacts {
            name: queue.get("name")?.as_str()?.to_owned(),
            // Missing until the first count.
            messages: queue
                .get("messages")
                .and_then(Value::as_u64)
                .unwrap_or_default(),
        })
    };
    Ok(queues.iter().filter_map(queue).collect())
}

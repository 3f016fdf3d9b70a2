//! What the broker's management API says of the queues.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::{Client, Url};
use serde_json::Value;

use crate::Addresses;

/// A queue with what is in it: some seconds old.
#[derive(Debug)]
pub(super) struct QueueFacts {
    pub(super) name: String,
    pub(super) messages: u64,
}

/// Events that no service listens to are kept here; nobody is to handle them.
const UNHEARD: &str = "mercantile.unheard";

impl QueueFacts {
    pub(super) fn holds_dead_letters(&self) -> bool {
        self.name.ends_with(".dead")
    }
}

pub(super) async fn read(addresses: &Addresses) -> Result<Vec<QueueFacts>> {
    let mut url = Url::parse(&addresses.rabbitmq_api).context("the broker's management API")?;
    url.path_segments_mut()
        .ok()
        .context("the broker's management API has no path")?
        .pop_if_empty()
        .extend(["api", "queues", addresses.vhost.as_str()]);
    // The client takes the credentials out of the URL.
    let answer = Client::new()
        .get(url)
        .timeout(Duration::from_secs(10))
        .send()
        .await
        .context("the broker's management API does not answer")?;
    ensure!(
        answer.status().is_success(),
        "the broker's management API says {}",
        answer.status()
    );
    let queues: Vec<Value> = answer.json().await?;
    let queue = |queue: &Value| {
        let name = queue.get("name")?.as_str()?;
        (name != UNHEARD).then(|| QueueFacts {
            name: name.to_owned(),
            // Missing until the broker has counted for the first time.
            messages: queue
                .get("messages")
                .and_then(Value::as_u64)
                .unwrap_or_default(),
        })
    };
    Ok(queues.iter().filter_map(queue).collect())
}

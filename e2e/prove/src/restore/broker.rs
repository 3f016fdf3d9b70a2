//! Purges all queues: their messages are from after the moment of the restore.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use reqwest::{Client, Url};
use serde_json::Value;

use crate::Addresses;

const TIMEOUT: Duration = Duration::from_secs(10);

/// Purges every queue, those of retries and of dead letters too. No consumer may run.
pub(super) async fn purge(addresses: &Addresses) -> Result<()> {
    let url = |path: &[&str]| -> Result<Url> {
        let mut url = Url::parse(&addresses.rabbitmq_api)?;
        url.path_segments_mut()
            .ok()
            .context("the URL of the broker's management API cannot have a path")?
            .pop_if_empty()
            .extend(["api", "queues", addresses.vhost.as_str()])
            .extend(path);
        Ok(url)
    };
    let http = Client::builder().timeout(TIMEOUT).build()?;
    let queues = http.get(url(&[])?).send().await?.error_for_status()?;
    let queues: Vec<Value> = queues.json().await?;
    for queue in &queues {
        let name = queue.get("name").and_then(Value::as_str);
        let name = name.context("a queue of the broker has no name")?;
        let purged = http.delete(url(&[name, "contents"])?).send().await?;
        // A gateway's queue is deleted when its process ends.
        ensure!(
            purged.status().is_success() || purged.status() == 404,
            "the broker does not purge {name}: {}",
            purged.status()
        );
    }
    Ok(())
}

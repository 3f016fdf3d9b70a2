use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Result;
use reqwest::Client;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::http_client;

/// A peak that is shorter than this may be missed.
const INTERVAL: Duration = Duration::from_millis(100);
const METRIC: &str = "process_resident_memory_bytes ";

/// Watches the resident memory of a process through its metrics.
pub(super) struct Memory {
    before: Option<u64>,
    peak: Arc<AtomicU64>,
    watcher: JoinHandle<()>,
}

impl Memory {
    /// Reads the memory, and then watches it. Without metrics there are no figures.
    ///
    /// # Errors
    /// No HTTP client can be created.
    pub(super) async fn watch(url: &str) -> Result<Self> {
        let client = http_client::build()?;
        let before = read(&client, url).await;
        let peak = Arc::new(AtomicU64::new(before.unwrap_or_default()));
        let (seen, url) = (Arc::clone(&peak), url.to_owned());
        let watcher = tokio::spawn(async move {
            loop {
                sleep(INTERVAL).await;
                if let Some(bytes) = read(&client, &url).await {
                    seen.fetch_max(bytes, Ordering::Relaxed);
                }
            }
        });
        Ok(Self {
            before,
            peak,
            watcher,
        })
    }

    /// Bytes before, and at most.
    pub(super) fn end(self) -> (Option<u64>, Option<u64>) {
        self.watcher.abort();
        let peak = self.peak.load(Ordering::Relaxed);
        (self.before, self.before.map(|_| peak))
    }
}

async fn read(client: &Client, url: &str) -> Option<u64> {
    if url.is_empty() {
        return None;
    }
    let text = client.get(url).send().await.ok()?.text().await.ok()?;
    bytes(&text)
}

/// The value of the metric. It may be written with decimals, which are 0.
fn bytes(metrics: &str) -> Option<u64> {
    let line = metrics.lines().find_map(|line| line.strip_prefix(METRIC))?;
    line.split(['.', ' ']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_metric_is_found_among_others() {
        let metrics = "# TYPE process_resident_memory_bytes gauge\n\
                       process_resident_memory_bytes 53477376\nprocess_threads 9\n";
        assert_eq!(bytes(metrics), Some(53_477_376));
        assert_eq!(
            bytes("process_resident_memory_bytes 4096.0 1795000000"),
            Some(4_096)
        );
        assert_eq!(bytes("process_threads 9\n"), None);
    }
}

//! The recovery drill: with one replica of each process, kills every process and server in turn and
//! measures the time until it is ready again and until a new order is confirmed.

use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::time::{Instant, sleep, timeout};

use crate::Run;
use crate::clients::Clients;
use crate::cluster::{Cluster, Server};

/// How long one recovery may take.
const RECOVERY_TIMEOUT: Duration = Duration::from_secs(120);
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// Pause between two kills.
const PAUSE: Duration = Duration::from_secs(3);
/// Orders placed before the first kill, as the latency to compare with.
const ORDERS_BEFORE: usize = 50;

pub(crate) async fn drill(cluster: &Cluster, run: &Run) -> Result<bool> {
    let progress = &run.progress;
    progress.phase("registering clients");
    // Only the probe client buys.
    let clients = Clients::with_count(run, 0).await?;
    let without_faults = clients.measure(ORDERS_BEFORE).await?;
    let mut rows = Vec::new();
    for process in &cluster.processes {
        progress.phase(&format!("killing {}", process.service));
        let starts = process.starts.load(Ordering::Relaxed);
        let begin = Instant::now();
        process.kill();
        let ready = async {
            while process.starts.load(Ordering::Relaxed) == starts || !process.probe().await {
                sleep(POLL_INTERVAL).await;
            }
            begin.elapsed()
        };
        rows.push(measure(process.service, ready, &clients).await?);
        settle(cluster).await?;
    }
    for server in Server::ALL {
        progress.phase(&format!("killing {}", server.name()));
        let begin = Instant::now();
        cluster.servers.kill(server)?;
        let ready = async {
            while !cluster.servers.responds(server).await {
                sleep(POLL_INTERVAL).await;
            }
            begin.elapsed()
        };
        rows.push(measure(server.name(), ready, &clients).await?);
        settle(cluster).await?;
    }
    progress.note(&format!(
        "without faults, placed to confirmed: p50 {} ms, p99 {} ms ({} orders)",
        without_faults.p50_ms, without_faults.p99_ms, without_faults.orders
    ));
    progress.note("after kill -9     ready again   first new order confirmed");
    for (name, ready, order) in rows {
        progress.note(&format!(
            "{name:<16}{:>11.1} s{:>22.1} s",
            ready.as_secs_f32(),
            order.as_secs_f32()
        ));
    }
    Ok(true)
}

async fn measure(
    name: &'static str,
    ready: impl Future<Output = Duration>,
    clients: &Clients,
) -> Result<(&'static str, Duration, Duration)> {
    let ready = timeout(RECOVERY_TIMEOUT, ready);
    let (ready, order) = tokio::join!(ready, Box::pin(clients.buy_one(RECOVERY_TIMEOUT)));
    let ready = ready.with_context(|| {
        let seconds = RECOVERY_TIMEOUT.as_secs();
        format!("{name} is not ready {seconds} s after it was killed")
    })?;
    Ok((
        name,
        ready,
        order.with_context(|| format!("after {name} was killed"))?,
    ))
}

/// Waits until everything is ready for the next kill.
async fn settle(cluster: &Cluster) -> Result<()> {
    sleep(PAUSE).await;
    cluster.wait_until_ready(RECOVERY_TIMEOUT).await
}

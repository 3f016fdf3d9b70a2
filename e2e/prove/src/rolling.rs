//! The rolling restart: replaces every replica under load, one after the other, as a deployment does. No request may fail.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::Run;
use crate::clients::Clients;
use crate::cluster::{Cluster, Process};

/// Clients that buy meanwhile.
const CLIENTS: usize = 60;
/// How long one replica may take to end and to be ready again.
const TIMEOUT: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

pub(crate) async fn rolling(cluster: &Cluster, run: &Run) -> Result<bool> {
    let progress = &run.progress;
    progress.phase("registering clients");
    let clients = Clients::with_count(run, CLIENTS).await?;
    let stop = CancellationToken::new();
    let restarting = async {
        let outcome = restart_each(cluster, run).await;
        progress.phase("clients finish");
        stop.cancel();
        outcome
    };
    let (restarted, ()) = tokio::join!(restarting, clients.run(stop.clone()));
    let restarted = restarted?;
    let tally = clients.recorder().tally();
    let failed: u64 = ["5xx", "429", "no answer"]
        .iter()
        .filter_map(|kind| tally.answers.get(kind))
        .sum();
    progress.note(&format!(
        "{restarted} replicas restarted; {} requests sent, {failed} failed {:?}; {} orders accepted, {} confirmed",
        tally.requests,
        tally.answers,
        tally.accepted,
        tally.reached("confirmed")
    ));
    Ok(failed == 0)
}

/// Restarts every replica, except the sandbox: it has one, and is no part of the shop.
async fn restart_each(cluster: &Cluster, run: &Run) -> Result<usize> {
    let ours: Vec<&Arc<Process>> = cluster.shop().collect();
    for process in &ours {
        run.progress.phase(&format!("restarting {}", process.name));
        let starts = process.starts.load(Ordering::Relaxed);
        let deadline = Instant::now() + TIMEOUT;
        process.end();
        while process.starts.load(Ordering::Relaxed) == starts || !process.is_ready() {
            let seconds = TIMEOUT.as_secs();
            ensure!(
                Instant::now() < deadline,
                "{} is not ready {seconds} s after SIGTERM",
                process.name
            );
            sleep(POLL_INTERVAL).await;
        }
    }
    Ok(ours.len())
}

//! Faults of processes and servers: kill, pause, clock skew, Redis outage.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Result, ensure};
use testkit::Faults;
use tokio::time::{Instant, sleep};

use super::{Nemesis, pick};
use crate::cluster::{Process, Server};

/// How long a process or server may take to be ready again.
const RECOVERY_TIMEOUT: Duration = Duration::from_secs(90);
/// By how many seconds a clock is fast or slow.
const SKEW_S: std::ops::RangeInclusive<i64> = 20..=60;

impl Nemesis {
    pub(super) fn any_process(&self, draw: u64) -> Arc<Process> {
        Arc::clone(pick(&self.cluster.processes, draw))
    }

    /// Any process that verifies tokens: the sandbox does not.
    pub(super) fn token_verifier(&self, draw: u64) -> Arc<Process> {
        let verifiers: Vec<_> = self
            .cluster
            .processes
            .iter()
            .filter(|process| process.service != "sandbox")
            .cloned()
            .collect();
        Arc::clone(pick(&verifiers, draw))
    }

    /// Kills a process and waits until it was restarted and is ready.
    pub(super) async fn kill(&self, process: &Process) {
        let starts = process.starts.load(Ordering::Relaxed);
        process.kill();
        let ready = async {
            while process.starts.load(Ordering::Relaxed) == starts || !process.is_ready() {
                sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::select! {
            () = ready => {}
            () = self.wait(RECOVERY_TIMEOUT) => {}
        }
    }

    pub(super) async fn pause(&self, process: &Process, duration: Duration) {
        process.pause();
        self.wait(duration).await;
        process.resume();
    }

    /// Restarts a process with a wrong clock, and again with the right one.
    pub(super) async fn skew_clock(&self, process: &Process, seconds: i64, duration: Duration) {
        process.set_skew_s(seconds);
        process.kill();
        self.wait(duration).await;
        process.set_skew_s(0);
        process.kill();
    }

    /// Kills a server and waits until it responds again.
    pub(super) async fn crash(&self, server: Server) -> Result<()> {
        self.cluster.servers.kill(server)?;
        let deadline = Instant::now() + RECOVERY_TIMEOUT;
        sleep(Duration::from_millis(200)).await;
        while !self.cluster.servers.responds(server).await {
            ensure!(
                Instant::now() < deadline,
                "{} does not respond {} s after it was killed",
                server.name(),
                RECOVERY_TIMEOUT.as_secs()
            );
            sleep(Duration::from_millis(200)).await;
        }
        Ok(())
    }

    /// Kills Redis, and keeps the restarted server unreachable for `duration`.
    pub(super) async fn redis_outage(&self, duration: Duration) -> Result<()> {
        let refuse = Faults {
            refuses: true,
            ..Faults::default()
        };
        let links = || {
            let links = self.cluster.network.links().iter();
            links.filter(|link| link.to == Server::Redis.name())
        };
        links().for_each(|link| link.proxy.set(refuse));
        let killed = self.cluster.servers.kill(Server::Redis);
        links().for_each(|link| link.proxy.end_connections());
        self.wait(duration).await;
        links().for_each(|link| link.proxy.restore());
        killed
    }
}

/// An offset of a clock in seconds.
pub(super) fn skew_s(draw: u64) -> i64 {
    let span = SKEW_S.end() - SKEW_S.start() + 1;
    let seconds = SKEW_S.start() + i64::try_from((draw >> 8) % 1_000).unwrap_or_default() % span;
    if draw & 1 == 0 { seconds } else { -seconds }
}

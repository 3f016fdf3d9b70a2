//! Processes and servers: killed, stopped, started with a wrong clock.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Result, ensure};
use testkit::Faults;
use tokio::time::{Instant, sleep};

use super::{Harm, pick};
use crate::house::{Server, Stall};

/// How long a server may take until it answers again.
const RETURN: Duration = Duration::from_secs(90);
/// Wrong clocks are wrong by this many seconds.
const SKEW: std::ops::RangeInclusive<i64> = 20..=60;

impl Harm {
    pub(super) fn stall(&self, draw: u64) -> Arc<Stall> {
        Arc::clone(pick(&self.house.stalls, draw))
    }

    /// Those that check tokens.
    pub(super) fn token_checker(&self, draw: u64) -> Arc<Stall> {
        let checkers: Vec<_> = self
            .house
            .stalls
            .iter()
            .filter(|stall| stall.service != "sandbox")
            .cloned()
            .collect();
        Arc::clone(pick(&checkers, draw))
    }

    /// Kills a process and waits until the next one is ready.
    pub(super) async fn kill(&self, stall: &Stall) {
        let starts = stall.starts.load(Ordering::Relaxed);
        stall.kill();
        let back = async {
            while stall.starts.load(Ordering::Relaxed) == starts || !stall.is_ready() {
                sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::select! {
            () = back => {}
            () = self.hold(RETURN) => {}
        }
    }

    pub(super) async fn freeze(&self, stall: &Stall, hold: Duration) {
        stall.freeze();
        self.hold(hold).await;
        stall.thaw();
    }

    /// A kill, a wrong clock from the next start on, and a kill again to set it right.
    pub(super) async fn skew(&self, stall: &Stall, seconds: i64, hold: Duration) {
        stall.set_skew(seconds);
        stall.kill();
        self.hold(hold).await;
        stall.set_skew(0);
        stall.kill();
    }

    /// Kills a server and waits until it is back.
    pub(super) async fn crash(&self, server: Server) -> Result<()> {
        self.house.servers.kill(server)?;
        let deadline = Instant::now() + RETURN;
        sleep(Duration::from_millis(200)).await;
        while !self.house.servers.answers(server).await {
            ensure!(
                Instant::now() < deadline,
                "{} did not come back within {} s",
                server.name(),
                RETURN.as_secs()
            );
            sleep(Duration::from_millis(200)).await;
        }
        Ok(())
    }

    /// Kills Redis, and nobody reaches the next one for a while.
    pub(super) async fn lose_redis(&self, hold: Duration) -> Result<()> {
        let refuses = Faults {
            refuses: true,
            ..Faults::default()
        };
        let links = || {
            let links = self.house.network.links().iter();
            links.filter(|link| link.to == Server::Redis.name())
        };
        links().for_each(|link| link.proxy.set(refuses));
        let killed = self.house.servers.kill(Server::Redis);
        links().for_each(|link| link.proxy.end_connections());
        self.hold(hold).await;
        links().for_each(|link| link.proxy.restore());
        killed
    }
}

/// By how much a clock is wrong.
pub(super) fn skew(draw: u64) -> i64 {
    let span = SKEW.end() - SKEW.start() + 1;
    let seconds = SKEW.start() + i64::try_from((draw >> 8) % 1_000).unwrap_or_default() % span;
    if draw & 1 == 0 { seconds } else { -seconds }
}

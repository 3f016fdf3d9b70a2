use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::{Client, Url};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::{FloodSettings, Kind};
use crate::counters::{Counters, Counts};
use crate::http_client;
use crate::rate_limiter::RateLimiter;
use crate::rng::Rng;

/// Time in which the buyers sign in before the flood begins. Signing in under a flood is another question.
const HEAD_START: Duration = Duration::from_secs(8);

/// A flood in progress. Dropping it ends it.
pub(super) struct Attack {
    workers: JoinSet<()>,
    counters: Arc<Counters>,
    begin: Instant,
}

impl Attack {
    /// Starts a flood that begins after the buyers have signed in, and ends when they end, at the latest.
    ///
    /// # Errors
    /// No HTTP client can be created.
    pub(super) fn start(
        kind: Kind,
        settings: &FloodSettings,
        base: &Url,
        length: Duration,
    ) -> Result<Self> {
        let begin = Instant::now() + HEAD_START;
        let end = Instant::now() + length.max(HEAD_START);
        let permits = Arc::new(RateLimiter::new(settings.flood_per_second, end));
        let counters = Arc::new(Counters::default());
        let mut workers = JoinSet::new();
        for number in 0..settings.connections {
            let worker = Worker {
                kind,
                client: client(number % settings.addresses)?,
                base: base.clone(),
                rng: Rng::new(settings.seed, number.into()),
                permits: Arc::clone(&permits),
                counters: Arc::clone(&counters),
            };
            workers.spawn(worker.flood(begin));
        }
        Ok(Self {
            workers,
            counters,
            begin,
        })
    }

    /// Ends the flood. Returns the answers that it got, and how long it took in seconds.
    pub(super) fn end(mut self) -> (Counts, u64) {
        self.workers.abort_all();
        let seconds = Instant::now().saturating_duration_since(self.begin);
        (self.counters.others(), seconds.as_secs())
    }
}

/// A client with an address of its own. On Linux all of 127.0.0.0/8 belongs to this machine, so one machine can be many
/// clients.
fn client(number: u16) -> Result<Client> {
    let [high, low] = number.to_be_bytes();
    let address = Ipv4Addr::new(127, 1, high, low);
    let address = match number {
        // Works everywhere.
        0 => Ipv4Addr::LOCALHOST,
        _ => address,
    };
    http_client::builder()
        .local_address(IpAddr::from(address))
        .build()
        .context("cannot create an HTTP client")
}

struct Worker {
    kind: Kind,
    client: Client,
    base: Url,
    rng: Rng,
    permits: Arc<RateLimiter>,
    counters: Arc<Counters>,
}

impl Worker {
    /// Sends one request after the other until the end.
    async fn flood(mut self, begin: Instant) {
        sleep(begin.saturating_duration_since(Instant::now())).await;
        while self.permits.acquire().await {
            let request = self.kind.request(&self.client, &self.base, &mut self.rng);
            let outcome = match request.send().await {
                Ok(response) => {
                    let status = response.status().as_u16();
                    match response.bytes().await {
                        Ok(_) => status.to_string(),
                        Err(_) => "cut".to_owned(),
                    }
                }
                Err(_) => "no answer".to_owned(),
            };
            self.counters.other(&outcome);
        }
    }
}

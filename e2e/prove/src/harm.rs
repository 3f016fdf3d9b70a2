//! Faults: what is done to the shop, when and for how long. A seed decides all of it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::faults::{FaultKind, FaultRecord};
use crate::house::{House, Server};
use crate::live::Live;

mod broker;
mod processes;
mod provider;
mod schedule;
mod weather;

pub(crate) use schedule::{Planned, schedule};

/// Faults at the same time. More, and nothing would be left to harm.
const AT_ONCE: usize = 6;
/// After the harm every fault is undone within this.
const UNDO: Duration = Duration::from_secs(100);

/// Does the harm, and undoes it.
pub(crate) struct Harm {
    house: Arc<House>,
    live: Arc<Live>,
    http: reqwest::Client,
    /// Ends every fault that lasts.
    over: CancellationToken,
    records: Mutex<Vec<FaultRecord>>,
    began: Instant,
}

impl Harm {
    pub(crate) fn new(house: Arc<House>, live: Arc<Live>) -> Arc<Self> {
        Arc::new(Self {
            house,
            live,
            http: reqwest::Client::new(),
            over: CancellationToken::new(),
            records: Mutex::default(),
            began: Instant::now(),
        })
    }

    /// Does all of it, for so long; then ends what still lasts and restores everything.
    pub(crate) async fn run(self: &Arc<Self>, planned: &[Planned], length: Duration) {
        let begin = Instant::now();
        let mut running = JoinSet::new();
        let places = Arc::new(Semaphore::new(AT_ONCE));
        for (number, fault) in (1..).zip(planned) {
            sleep_until(begin + fault.at).await;
            while running.try_join_next().is_some() {}
            // Late when too much is broken already.
            let wait = (begin + length).saturating_duration_since(Instant::now());
            let Ok(Ok(place)) = timeout(wait, Arc::clone(&places).acquire_owned()).await else {
                break;
            };
            let (harm, fault) = (Arc::clone(self), *fault);
            running.spawn(async move {
                harm.inflict(number, fault).await;
                drop(place);
            });
        }
        sleep_until(begin + length).await;
        self.over.cancel();
        let undone = async { while running.join_next().await.is_some() {} };
        if timeout(UNDO, undone).await.is_err() {
            self.live.note("some harm could not be undone by itself");
        }
        running.shutdown().await;
        self.stop_all().await;
    }

    /// Nothing of the harm is left after this, whoever did it.
    async fn stop_all(&self) {
        self.house.network.restore();
        for stall in &self.house.stalls {
            stall.thaw();
            if stall.set_skew(0) != 0 {
                stall.kill();
            }
        }
        // The sandbox may be dead at this moment.
        for _ in 0..60 {
            match self.calm_provider().await {
                Ok(()) => return,
                Err(_) => sleep(Duration::from_millis(500)).await,
            }
        }
        self.live.note("the provider could not be told to behave");
    }

    pub(crate) fn records(&self) -> Vec<FaultRecord> {
        self.lock().clone()
    }

    /// Waits for the end of a fault, or of all harm.
    async fn hold(&self, hold: Duration) {
        let _over = timeout(hold, self.over.cancelled()).await;
    }

    async fn inflict(&self, number: usize, fault: Planned) {
        let Planned {
            kind, hold, draw, ..
        } = fault;
        let begin = |target: String| {
            let record = FaultRecord {
                number,
                kind,
                target,
                began: self.began.elapsed(),
                lasted: None,
            };
            self.live.fault_began(&record);
            self.lock().push(record);
        };
        let outcome = self.act(kind, hold, draw, number, begin).await;
        let mut records = self.lock();
        let mine = records
            .iter_mut()
            .find(|record| record.number == number && record.lasted.is_none());
        if let Some(record) = mine {
            record.lasted = Some(self.began.elapsed().saturating_sub(record.began));
            if let Err(error) = outcome {
                // Harm gets in the way of other harm: a dead broker cannot cut connections.
                record.target = format!("{} (in vain: {error:#})", record.target);
            }
            self.live.fault_ended(record);
        }
    }

    async fn act(
        &self,
        kind: FaultKind,
        hold: Duration,
        draw: u64,
        number: usize,
        begin: impl Fn(String),
    ) -> Result<()> {
        match kind {
            FaultKind::Kill => {
                let stall = self.stall(draw);
                begin(stall.name.clone());
                self.kill(&stall).await;
            }
            FaultKind::Freeze => {
                let stall = self.stall(draw);
                begin(stall.name.clone());
                self.freeze(&stall, hold).await;
            }
            FaultKind::CrashPostgres => {
                begin("postgres".to_owned());
                self.crash(Server::Postgres).await?;
            }
            FaultKind::RestartBroker => {
                begin("rabbitmq".to_owned());
                self.crash(Server::RabbitMq).await?;
            }
            FaultKind::CutBroker => {
                begin("every connection".to_owned());
                self.cut_broker().await?;
            }
            FaultKind::FlushRedis => {
                begin("redis".to_owned());
                self.house.servers.flush_redis().await?;
            }
            FaultKind::LoseRedis => {
                begin("redis".to_owned());
                self.lose_redis(hold).await?;
            }
            FaultKind::SlowNetwork => {
                let front = self.slow(draw);
                begin(front.name.clone());
                self.storm(&front, hold).await;
            }
            FaultKind::CutNetwork => {
                let front = self.broken(draw);
                begin(front.name.clone());
                self.storm(&front, hold).await;
            }
            FaultKind::LostAnswers
            | FaultKind::ProviderErrors
            | FaultKind::ProviderSlow
            | FaultKind::Webhooks => {
                begin(provider::target(kind, draw));
                self.provider_misbehaves(kind, draw, hold).await?;
            }
            FaultKind::Duplicates => {
                begin("every message".to_owned());
                self.duplicate(number, hold).await?;
            }
            FaultKind::ClockSkew => {
                let stall = self.token_checker(draw);
                let seconds = processes::skew(draw);
                begin(format!("{} by {seconds:+} s", stall.name));
                self.skew(&stall, seconds, hold).await;
            }
            FaultKind::Expire => {
                begin("a hold".to_owned());
                self.expire(draw).await?;
            }
        }
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<FaultRecord>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of them; never called with none.
#[expect(clippy::indexing_slicing, reason = "the index is below the length")]
fn pick<T>(all: &[T], draw: u64) -> &T {
    let length = u64::try_from(all.len()).unwrap_or(1).max(1);
    &all[usize::try_from(draw % length).unwrap_or_default()]
}

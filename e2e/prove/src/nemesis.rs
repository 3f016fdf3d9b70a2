//! The nemesis injects the faults of a schedule, undoes them, and records them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::cluster::{Cluster, Server};
use crate::faults::{FaultKind, FaultRecord};
use crate::progress::Progress;

mod broker;
mod network_faults;
mod processes;
mod provider;
mod schedule;

pub(crate) use schedule::{PlannedFault, schedule};

/// Faults in progress at most; with more, hardly any replica would work.
const MAX_CONCURRENT: usize = 6;
/// How long it may take to undo the faults in progress at the end.
const UNDO_TIMEOUT: Duration = Duration::from_secs(100);

/// Injects faults. At most [`MAX_CONCURRENT`] are in progress at any time.
pub(crate) struct Nemesis {
    cluster: Arc<Cluster>,
    progress: Arc<Progress>,
    http: reqwest::Client,
    /// Canceled at the end of the run; it ends every fault in progress.
    finished: CancellationToken,
    records: Mutex<Vec<FaultRecord>>,
    began: Instant,
}

impl Nemesis {
    pub(crate) fn new(cluster: Arc<Cluster>, progress: Arc<Progress>) -> Arc<Self> {
        Arc::new(Self {
            cluster,
            progress,
            http: reqwest::Client::new(),
            finished: CancellationToken::new(),
            records: Mutex::default(),
            began: Instant::now(),
        })
    }

    /// Injects the planned faults for `length`, then ends those in progress and restores everything.
    pub(crate) async fn run(self: &Arc<Self>, planned: &[PlannedFault], length: Duration) {
        let begin = Instant::now();
        let mut running = JoinSet::new();
        let slots = Arc::new(Semaphore::new(MAX_CONCURRENT));
        for (number, fault) in (1..).zip(planned) {
            sleep_until(begin + fault.at).await;
            while running.try_join_next().is_some() {}
            // A planned fault is late when too many are in progress.
            let wait = (begin + length).saturating_duration_since(Instant::now());
            let Ok(Ok(slot)) = timeout(wait, Arc::clone(&slots).acquire_owned()).await else {
                break;
            };
            let (nemesis, fault) = (Arc::clone(self), *fault);
            running.spawn(async move {
                nemesis.inject(number, fault).await;
                drop(slot);
            });
        }
        sleep_until(begin + length).await;
        self.finished.cancel();
        let undone = async { while running.join_next().await.is_some() {} };
        if timeout(UNDO_TIMEOUT, undone).await.is_err() {
            self.progress.note(&format!(
                "some faults were not undone within {} s",
                UNDO_TIMEOUT.as_secs()
            ));
        }
        running.shutdown().await;
        self.restore().await;
    }

    /// Undoes whatever may be left, also of a fault that was aborted.
    async fn restore(&self) {
        self.cluster.network.restore();
        for process in &self.cluster.processes {
            process.resume();
            if process.set_skew_s(0) != 0 {
                process.kill();
            }
        }
        // The sandbox may be down at this moment.
        for _ in 0..60 {
            match self.reset_provider().await {
                Ok(()) => return,
                Err(_) => sleep(Duration::from_millis(500)).await,
            }
        }
        self.progress
            .note("the sandbox did not accept the end of its faults");
    }

    pub(crate) fn records(&self) -> Vec<FaultRecord> {
        self.lock().clone()
    }

    /// Waits for `duration`, or until the end of the run.
    async fn wait(&self, duration: Duration) {
        let _elapsed = timeout(duration, self.finished.cancelled()).await;
    }

    async fn inject(&self, number: usize, fault: PlannedFault) {
        let PlannedFault {
            kind,
            duration,
            draw,
            ..
        } = fault;
        let begin = |target: String| {
            let record = FaultRecord {
                number,
                kind,
                target,
                began: self.began.elapsed(),
                lasted: None,
            };
            self.progress.fault_began(&record);
            self.lock().push(record);
        };
        let outcome = self.perform(kind, duration, draw, number, begin).await;
        let mut records = self.lock();
        let own = records
            .iter_mut()
            .find(|record| record.number == number && record.lasted.is_none());
        if let Some(record) = own {
            record.lasted = Some(self.began.elapsed().saturating_sub(record.began));
            if let Err(error) = outcome {
                // One fault may prevent another: a dead broker cannot close connections.
                record.target = format!("{} (failed: {error:#})", record.target);
            }
            self.progress.fault_ended(record);
        }
    }

    async fn perform(
        &self,
        kind: FaultKind,
        duration: Duration,
        draw: u64,
        number: usize,
        begin: impl Fn(String),
    ) -> Result<()> {
        match kind {
            FaultKind::Kill => {
                let process = self.any_process(draw);
                begin(process.name.clone());
                self.kill(&process).await;
            }
            FaultKind::Pause => {
                let process = self.any_process(draw);
                begin(process.name.clone());
                self.pause(&process, duration).await;
            }
            FaultKind::CrashPostgres => {
                begin("postgres".to_owned());
                self.crash(Server::Postgres).await?;
            }
            FaultKind::CrashRabbitmq => {
                begin("rabbitmq".to_owned());
                self.crash(Server::RabbitMq).await?;
            }
            FaultKind::CloseAmqpConnections => {
                begin("every AMQP connection".to_owned());
                self.close_amqp_connections().await?;
            }
            FaultKind::FlushRedis => {
                begin("redis".to_owned());
                self.cluster.servers.flush_redis().await?;
            }
            FaultKind::RedisOutage => {
                begin("redis".to_owned());
                self.redis_outage(duration).await?;
            }
            FaultKind::SlowNetwork => {
                let fault = self.slow_network(draw);
                begin(fault.name.clone());
                self.inject_network_fault(&fault, duration).await;
            }
            FaultKind::Partition => {
                let fault = self.partition(draw);
                begin(fault.name.clone());
                self.inject_network_fault(&fault, duration).await;
            }
            FaultKind::LostAnswers
            | FaultKind::ProviderErrors
            | FaultKind::ProviderSlow
            | FaultKind::Webhooks => {
                begin(provider::description(kind, draw));
                self.provider_fault(kind, draw, duration).await?;
            }
            FaultKind::Duplicates => {
                begin("every message".to_owned());
                self.duplicate_messages(number, duration).await?;
            }
            FaultKind::ClockSkew => {
                let process = self.token_verifier(draw);
                let seconds = processes::skew_s(draw);
                begin(format!("{} by {seconds:+} s", process.name));
                self.skew_clock(&process, seconds, duration).await;
            }
            FaultKind::ExpireAuthorization => {
                begin("an authorization".to_owned());
                self.expire_authorization(draw).await?;
            }
        }
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<FaultRecord>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The item that `draw` selects. `all` must not be empty.
#[expect(clippy::indexing_slicing, reason = "the index is below the length")]
fn pick<T>(all: &[T], draw: u64) -> &T {
    let length = u64::try_from(all.len()).unwrap_or(1).max(1);
    &all[usize::try_from(draw % length).unwrap_or_default()]
}

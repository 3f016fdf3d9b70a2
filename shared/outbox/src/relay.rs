//! The relay: publishes what the outbox holds and removes what was confirmed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use diesel_async::AsyncPgConnection;
use messaging::{Broker, Outgoing, PublishError};
use persistence::{Database, Error};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::config::OutboxConfig;
use crate::metrics::{
    OUTBOX_BATCH, OUTBOX_BATCH_MESSAGES, OUTBOX_LAG, OUTBOX_PENDING, OUTBOX_REFUSED,
};
use crate::{inbox, rows};

const BATCH: i64 = 256;
/// Longer than a batch takes; after a crash another relay takes over then.
const LEASE: Duration = Duration::from_secs(15);
/// What a commit costs whose process died before it woke the relay, and how often a
/// postponed row is looked at.
const POLL: Duration = Duration::from_secs(1);
const RECORD_RETRIES: usize = 6;
const RECORD_FIRST_PAUSE: Duration = Duration::from_millis(100);
const MEASURE_EVERY: Duration = Duration::from_secs(5);
const SWEEP_EVERY: Duration = Duration::from_secs(3600);
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(250);
/// Above every statement time-out of the server: a connection that has not answered by then is lost.
pub(crate) const LONGEST_STATEMENT: Duration = Duration::from_secs(20);

/// The outbox of one service's database and its relay. Cheap to clone; any number of
/// replicas may run at once.
#[derive(Clone)]
pub struct Outbox {
    database: Database,
    broker: Broker,
    config: OutboxConfig,
    wake: Arc<Notify>,
}

impl Outbox {
    /// The outbox in `database`, published to `broker`.
    pub fn new(database: Database, broker: Broker, config: OutboxConfig) -> Self {
        Self {
            database,
            broker,
            config,
            wake: Arc::new(Notify::new()),
        }
    }

    /// Tells the relay of this process that a transaction with messages has
    /// committed: call it after each such commit, or the messages wait for the next
    /// poll, up to a second. Never blocks; calling it for nothing is harmless.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Relays until `shutdown`, through outages of the database and the broker. What
    /// is being published then is finished first.
    pub async fn run(self, shutdown: CancellationToken) {
        let relay = async {
            while !shutdown.is_cancelled() {
                self.relay(&shutdown).await;
            }
        };
        let measure = shutdown.run_until_cancelled(self.measure());
        let sweep = shutdown.run_until_cancelled(self.sweep());
        tokio::join!(relay, measure, sweep);
    }

    /// Publishes until nothing is left, then waits for more.
    async fn relay(&self, shutdown: &CancellationToken) {
        if shutdown
            .run_until_cancelled(self.broker.connected())
            .await
            .is_none()
        {
            return;
        }
        match self.relay_batch().await {
            Ok(Progress::Full) => return,
            Ok(Progress::Drained) => {
                let woken = tokio::time::timeout(POLL, self.wake.notified());
                let _ = shutdown.run_until_cancelled(woken).await;
                return;
            }
            Ok(Progress::BrokerAway) => {}
            Err(error) => tracing::debug!(%error, "the relay cannot reach its database"),
        }
        // After a failure commits do not wake it: they would only repeat the failure.
        let pause = tokio::time::sleep(PAUSE_AFTER_FAILURE);
        let _ = shutdown.run_until_cancelled(pause).await;
    }

    async fn relay_batch(&self) -> Result<Progress, Error> {
        let started = Instant::now();
        let leased = self
            .database
            .within(LONGEST_STATEMENT, async |conn| {
                rows::lease(conn, BATCH, LEASE).await
            })
            .await?;
        let full = i64::try_from(leased.len()).is_ok_and(|count| count >= BATCH);
        if leased.is_empty() {
            return Ok(Progress::Drained);
        }
        let ids: Vec<i64> = leased.iter().map(|row| row.id).collect();
        let batch: Vec<Outgoing> = leased
            .into_iter()
            .map(rows::Leased::into_outgoing)
            .collect();
        let results = self.broker.publish_batch(&batch).await;
        let sorted = Sorted::of(&ids, &batch, results);
        // What is confirmed but still stored would be published again when the lease
        // ends: worth a few more tries when the database stumbles just now.
        (|| self.record(&sorted))
            .retry(
                ExponentialBuilder::default()
                    .with_min_delay(RECORD_FIRST_PAUSE)
                    .with_max_times(RECORD_RETRIES)
                    .with_jitter(),
            )
            .when(Error::is_transient)
            .await?;
        OUTBOX_BATCH_MESSAGES.observe(ids.len());
        OUTBOX_BATCH.observe(started.elapsed());
        Ok(if !sorted.released.is_empty() {
            Progress::BrokerAway
        } else if full {
            Progress::Full
        } else {
            Progress::Drained
        })
    }

    async fn record(&self, sorted: &Sorted) -> Result<(), Error> {
        let recorded = async |conn: &mut AsyncPgConnection| {
            if !sorted.confirmed.is_empty() {
                rows::remove(conn, &sorted.confirmed).await?;
            }
            if !sorted.released.is_empty() {
                rows::release(conn, &sorted.released).await?;
            }
            for (id, error) in &sorted.refused {
                rows::postpone(conn, *id, error).await?;
            }
            Ok(())
        };
        self.database.within(LONGEST_STATEMENT, recorded).await
    }

    async fn measure(&self) {
        let mut ticks = tokio::time::interval(MEASURE_EVERY);
        loop {
            ticks.tick().await;
            let backlog = self
                .database
                .within(LONGEST_STATEMENT, async |conn| rows::backlog(conn).await);
            if let Ok(backlog) = backlog.await {
                OUTBOX_PENDING.set(backlog.pending);
                OUTBOX_REFUSED.set(backlog.refused);
                OUTBOX_LAG.set(backlog.oldest_seconds);
            }
        }
    }

    async fn sweep(&self) {
        let mut ticks = tokio::time::interval(SWEEP_EVERY);
        loop {
            ticks.tick().await;
            match inbox::sweep(&self.database, self.config).await {
                Ok(0) => {}
                Ok(deleted) => tracing::info!(deleted, "old inbox rows deleted"),
                Err(error) => tracing::debug!(%error, "cannot delete old inbox rows now"),
            }
        }
    }
}

enum Progress {
    /// A whole batch went out; there is probably more.
    Full,
    /// Nothing left that could be published now.
    Drained,
    /// The broker went away meanwhile.
    BrokerAway,
}

/// A batch's rows by what must become of them.
#[derive(Default)]
struct Sorted {
    confirmed: Vec<i64>,
    released: Vec<i64>,
    refused: Vec<(i64, String)>,
}

impl Sorted {
    fn of(ids: &[i64], batch: &[Outgoing], results: Vec<Result<(), PublishError>>) -> Self {
        let mut sorted = Self::default();
        for ((id, outgoing), result) in ids.iter().zip(batch).zip(results) {
            match result {
                Ok(()) => sorted.confirmed.push(*id),
                Err(PublishError::Unavailable(_) | PublishError::TimedOut) => {
                    sorted.released.push(*id);
                }
                Err(error) => {
                    let message_type = outgoing.envelope.message_type.as_str();
                    let message_id = outgoing.envelope.id;
                    tracing::warn!(message_type, %message_id, %error, "not published, kept");
                    sorted.refused.push((*id, error.to_string()));
                }
            }
        }
        sorted
    }
}

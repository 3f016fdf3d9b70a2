//! The relay: publishes what the outbox holds and removes what was confirmed.

use std::time::{Duration, Instant};

use diesel_async::{AsyncPgConnection, RunQueryDsl};
use leases::{Lease, Next, Wake};
use messaging::{Broker, Outgoing, PublishError};
use persistence::{Database, Error};
use tokio_util::sync::CancellationToken;

use crate::config::{LONGEST_STATEMENT, OutboxConfig};
use crate::inbox;
use crate::metrics::{
    OUTBOX_BATCH, OUTBOX_BATCH_MESSAGES, OUTBOX_LAG, OUTBOX_PENDING, OUTBOX_REFUSED,
};
use crate::rows::{self, LEASED, Leased, OUTBOX};

const BATCH: usize = 256;
/// Longer than a batch takes; after a crash another relay takes over then.
const LEASE: Duration = Duration::from_secs(15);
/// What a commit costs whose process died before it woke the relay, and how often a
/// postponed row is looked at.
const POLL: Duration = Duration::from_secs(1);
/// After the broker did not take a message.
const FIRST_DELAY: Duration = Duration::from_secs(1);
const LONGEST_DELAY: Duration = Duration::from_secs(60);
const MEASURE_EVERY: Duration = Duration::from_secs(5);
const SWEEP_EVERY: Duration = Duration::from_secs(3600);
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(250);

/// The outbox of one service's database and its relay. Cheap to clone; any number of
/// replicas may run at once.
#[derive(Clone)]
pub struct Outbox {
    database: Database,
    broker: Broker,
    config: OutboxConfig,
    wake: Wake,
}

impl Outbox {
    /// The outbox in `database`, published to `broker`.
    pub fn new(database: Database, broker: Broker, config: OutboxConfig) -> Self {
        Self {
            database,
            broker,
            config,
            wake: Wake::default(),
        }
    }

    /// Wakes the relay of this process: call it after each commit with messages, or they wait for the
    /// next poll, up to a second. Never blocks; an unneeded call is harmless.
    pub fn wake(&self) {
        self.wake.wake();
    }

    /// Relays until `shutdown`, through outages of the database and the broker. What
    /// is being published then is finished first.
    pub async fn run(self, shutdown: CancellationToken) {
        let relay = leases::rounds(&self.wake, &shutdown, || self.relay(&shutdown));
        let measure = shutdown.run_until_cancelled(self.measure());
        let sweep = shutdown.run_until_cancelled(self.sweep());
        tokio::join!(relay, measure, sweep);
    }

    async fn relay(&self, shutdown: &CancellationToken) -> Next {
        let connected = shutdown.run_until_cancelled(self.broker.connected());
        if connected.await.is_none() {
            return Next::Now;
        }
        match self.relay_batch().await {
            Ok(next) => next,
            Err(error) => {
                tracing::debug!(%error, "the relay cannot reach its database");
                Next::After(PAUSE_AFTER_FAILURE)
            }
        }
    }

    async fn relay_batch(&self) -> Result<Next, Error> {
        let started = Instant::now();
        let leased: Vec<Leased> = self
            .database
            .within(LONGEST_STATEMENT, async |conn| {
                OUTBOX.lease(conn, BATCH, LEASE, LEASED).await
            })
            .await?;
        if leased.is_empty() {
            return Ok(Next::Poll(POLL));
        }
        let held: Vec<Lease<i64>> = leased.iter().map(Leased::lease).collect();
        let batch: Vec<Outgoing> = leased.into_iter().map(Leased::into_outgoing).collect();
        let results = self.broker.publish_batch(&batch).await;
        let sorted = Sorted::of(&held, &batch, results);
        // A message that is confirmed but still stored would be published again when its lease ends.
        leases::commit(|| self.record(&sorted), Error::is_transient).await?;
        OUTBOX_BATCH_MESSAGES.observe(held.len());
        OUTBOX_BATCH.observe(started.elapsed());
        Ok(if !sorted.released.is_empty() {
            // The broker went away meanwhile.
            Next::After(PAUSE_AFTER_FAILURE)
        } else if held.len() == BATCH {
            Next::Now
        } else {
            Next::Poll(POLL)
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
            for (lease, error) in &sorted.refused {
                let delay = leases::backoff(FIRST_DELAY, LONGEST_DELAY, lease.attempt);
                let postpone = OUTBOX.postpone(*lease, delay, Some(error), &[]);
                postpone.execute(conn).await?;
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

/// A batch's rows by what must become of them.
#[derive(Default)]
struct Sorted {
    confirmed: Vec<i64>,
    released: Vec<i64>,
    refused: Vec<(Lease<i64>, String)>,
}

impl Sorted {
    fn of(held: &[Lease<i64>], batch: &[Outgoing], results: Vec<Result<(), PublishError>>) -> Self {
        let mut sorted = Self::default();
        for ((lease, outgoing), result) in held.iter().zip(batch).zip(results) {
            match result {
                Ok(()) => sorted.confirmed.push(lease.key),
                Err(PublishError::Unavailable(_) | PublishError::TimedOut) => {
                    sorted.released.push(lease.key);
                }
                Err(error) => {
                    let message_type = outgoing.envelope.message_type.as_str();
                    let message_id = outgoing.envelope.id;
                    tracing::warn!(message_type, %message_id, %error, "not published, kept");
                    sorted.refused.push((*lease, error.to_string()));
                }
            }
        }
        sorted
    }
}

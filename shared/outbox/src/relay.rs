//! The relay: publishes the messages of the outbox and deletes the confirmed ones.

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
/// Longer than a batch takes. After a crash another relay takes over when it expires.
const LEASE: Duration = Duration::from_secs(15);
/// Longest delay of a message whose process crashed before it woke the relay, and the interval at which
/// postponed rows are checked.
const POLL: Duration = Duration::from_secs(1);
/// The delays after the broker did not accept a message.
const FIRST_DELAY: Duration = Duration::from_secs(1);
const MAX_DELAY: Duration = Duration::from_secs(60);
const MEASURE_EVERY: Duration = Duration::from_secs(5);
const SWEEP_EVERY: Duration = Duration::from_secs(3600);
const PAUSE_AFTER_FAILURE: Duration = Duration::from_millis(250);

/// The outbox of a service's database, and its relay. Cheap to clone. Any number of replicas may run
/// concurrently.
#[derive(Clone)]
pub struct Outbox {
    database: Database,
    broker: Broker,
    config: OutboxConfig,
    wake: Wake,
}

impl Outbox {
    /// The outbox of `database`, published to `broker`.
    pub fn new(database: Database, broker: Broker, config: OutboxConfig) -> Self {
        Self {
            database,
            broker,
            config,
            wake: Wake::default(),
        }
    }

    /// Wakes the relay of this process. Call it after each commit with messages; otherwise they wait for
    /// the next poll, up to a second. Never blocks. An unnecessary call is harmless.
    pub fn wake(&self) {
        self.wake.wake();
    }

    /// Relays until `shutdown` is canceled, through outages of the database and the broker. A batch in
    /// progress is finished first.
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
        let published = Published::of(&held, &batch, results);
        // A message that is confirmed but still stored would be published again when its lease ends.
        leases::commit(|| self.record(&published), Error::is_transient).await?;
        OUTBOX_BATCH_MESSAGES.observe(held.len());
        OUTBOX_BATCH.observe(started.elapsed());
        Ok(if !published.released.is_empty() {
            // The broker became unreachable meanwhile.
            Next::After(PAUSE_AFTER_FAILURE)
        } else if held.len() == BATCH {
            Next::Now
        } else {
            Next::Poll(POLL)
        })
    }

    async fn record(&self, published: &Published) -> Result<(), Error> {
        let recorded = async |conn: &mut AsyncPgConnection| {
            if !published.confirmed.is_empty() {
                rows::remove(conn, &published.confirmed).await?;
            }
            if !published.released.is_empty() {
                rows::release(conn, &published.released).await?;
            }
            for (lease, error) in &published.refused {
                let delay = leases::backoff(FIRST_DELAY, MAX_DELAY, lease.attempt);
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
                Ok(deleted) => tracing::info!(deleted, "deleted old inbox rows"),
                Err(error) => tracing::debug!(%error, "cannot delete old inbox rows"),
            }
        }
    }
}

/// The rows of a batch by the result of publishing them.
#[derive(Default)]
struct Published {
    confirmed: Vec<i64>,
    released: Vec<i64>,
    refused: Vec<(Lease<i64>, String)>,
}

impl Published {
    fn of(held: &[Lease<i64>], batch: &[Outgoing], results: Vec<Result<(), PublishError>>) -> Self {
        let mut published = Self::default();
        for ((lease, outgoing), result) in held.iter().zip(batch).zip(results) {
            match result {
                Ok(()) => published.confirmed.push(lease.key),
                Err(PublishError::Unavailable(_) | PublishError::TimedOut) => {
                    published.released.push(lease.key);
                }
                Err(error) => {
                    let message_type = outgoing.envelope.message_type.as_str();
                    let message_id = outgoing.envelope.id;
                    tracing::warn!(message_type, %message_id, %error, "the broker did not accept a message, it will be retried");
                    published.refused.push((*lease, error.to_string()));
                }
            }
        }
        published
    }
}

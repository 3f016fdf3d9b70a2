//! Queue lengths as gauges.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lapin::Channel;
use tokio::time::Instant;

use crate::connection::Connection;
use crate::error::BrokerError;
use crate::metrics::{
    DEAD_LETTERS, QUEUE_MESSAGES_READY, QUEUE_MESSAGES_RETRYING, UNROUTED_EVENTS,
};
use crate::queue::{Queue, unrouted};
use crate::topology;

const SOON: Duration = Duration::from_secs(1);
/// The operations view shows the lengths, so they must not be much older than what else it shows.
const MEASURE_EVERY: Duration = Duration::from_secs(5);
/// How often retry queues that other processes declared are searched. They are declared when they
/// are first needed. A query for one that does not exist closes the channel and logs an error at
/// the broker, so it is rare.
const DISCOVER_EVERY: Duration = Duration::from_secs(300);

/// How many retry queues each queue has, as far as this process has found out.
#[derive(Default)]
pub(crate) struct Depths {
    retry_queues: Mutex<HashMap<String, u32>>,
}

impl Depths {
    /// Records that the `attempt`th retry queue exists. Messages pass through them in turn, so
    /// those before it exist too.
    pub(crate) fn add_retry_queue(&self, queue: &str, attempt: u32) {
        let counts = self.retry_queues.lock();
        let mut counts = counts.unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(queue.to_owned()).or_default();
        *count = attempt.max(*count);
    }

    fn retry_queues(&self, queue: &str) -> u32 {
        let counts = self.retry_queues.lock();
        let counts = counts.unwrap_or_else(PoisonError::into_inner);
        counts.get(queue).copied().unwrap_or_default()
    }

    pub(crate) async fn measure(&self, connection: &Connection, queue: &Queue) {
        // The consumer declares the queue first.
        let mut ticks = tokio::time::interval_at(Instant::now() + SOON, MEASURE_EVERY);
        let mut next_discovery = Instant::now();
        loop {
            ticks.tick().await;
            connection.connected().await;
            if Instant::now() >= next_discovery && self.discover(connection, queue).await.is_ok() {
                next_discovery = Instant::now() + DISCOVER_EVERY;
            }
            if let Err(error) = self.sample(connection, queue).await {
                tracing::debug!(queue = queue.name, %error, "cannot measure the queue");
            }
        }
    }

    async fn sample(&self, connection: &Connection, queue: &Queue) -> Result<(), BrokerError> {
        let channel = connection.channel().await?;
        let depth = async |name: &str| connection.request(topology::depth(&channel, name)).await;
        let name = queue.name.as_str();
        let ready = depth(&queue.name).await?;
        QUEUE_MESSAGES_READY.of(name).set(ready);
        DEAD_LETTERS.of(name).set(depth(&queue.dead()).await?);
        let mut retrying = 0;
        for attempt in 1..=self.retry_queues(&queue.name) {
            retrying += depth(&queue.retry(attempt)).await?;
        }
        QUEUE_MESSAGES_RETRYING.of(name).set(retrying);
        if !queue.events().is_empty() {
            UNROUTED_EVENTS.of(name).set(depth(&unrouted(name)).await?);
        }
        close(connection, &channel).await;
        Ok(())
    }

    /// Finds the retry queues that other processes have declared.
    async fn discover(&self, connection: &Connection, queue: &Queue) -> Result<(), BrokerError> {
        for attempt in self.retry_queues(&queue.name) + 1..queue.max_attempts {
            let channel = connection.channel().await?;
            match connection
                .request(topology::depth(&channel, &queue.retry(attempt)))
                .await
            {
                Ok(_) => self.add_retry_queue(&queue.name, attempt),
                Err(BrokerError::Amqp(_)) => break,
                Err(error) => return Err(error),
            }
            close(connection, &channel).await;
        }
        Ok(())
    }
}

async fn close(connection: &Connection, channel: &Channel) {
    let _ = connection.request(channel.close(200, "done".into())).await;
}

//! How much waits at the broker, as gauges.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lapin::Channel;
use tokio::time::Instant;

use crate::error::BrokerError;
use crate::link::Link;
use crate::metrics::{DEAD_LETTERS, QUEUE_MESSAGES_READY, QUEUE_MESSAGES_RETRYING, UNHEARD_EVENTS};
use crate::queue::Queue;
use crate::topology;

const SOON: Duration = Duration::from_secs(1);
const MEASURE_EVERY: Duration = Duration::from_secs(15);
/// Retry queues appear when they are first needed. To ask for one that is not there ends the
/// channel and is an error in the broker's log, so it is not done often; those that this process
/// has declared it knows.
const LOOK_FOR_MORE_EVERY: Duration = Duration::from_secs(300);

/// What a process knows of its queues' retry queues: how many there are, by the queue's name.
#[derive(Default)]
pub(crate) struct Depths {
    retries: Mutex<HashMap<String, u32>>,
}

impl Depths {
    /// Notes that the `attempt`th retry queue exists. A message goes through them in turn, so those
    /// before it do, too.
    pub(crate) fn retried(&self, queue: &str, attempt: u32) {
        let mut retries = self.retries.lock().unwrap_or_else(PoisonError::into_inner);
        let known = retries.entry(queue.to_owned()).or_default();
        *known = attempt.max(*known);
    }

    fn known(&self, queue: &str) -> u32 {
        let retries = self.retries.lock().unwrap_or_else(PoisonError::into_inner);
        retries.get(queue).copied().unwrap_or_default()
    }

    pub(crate) async fn measure(&self, link: &Link, queue: &Queue) {
        // The consumer declares the queue first.
        let mut ticks = tokio::time::interval_at(Instant::now() + SOON, MEASURE_EVERY);
        let mut look_for_more = Instant::now();
        loop {
            ticks.tick().await;
            link.connected().await;
            if Instant::now() >= look_for_more && self.look_for_more(link, queue).await.is_ok() {
                look_for_more = Instant::now() + LOOK_FOR_MORE_EVERY;
            }
            if let Err(error) = self.sample(link, queue).await {
                tracing::debug!(queue = queue.name, %error, "cannot see how much waits");
            }
        }
    }

    async fn sample(&self, link: &Link, queue: &Queue) -> Result<(), BrokerError> {
        let channel = link.channel().await?;
        let depth = async |name: &str| link.within(topology::depth(&channel, name)).await;
        let name = queue.name.as_str();
        let ready = depth(&queue.name).await?;
        QUEUE_MESSAGES_READY.of(name).set(ready);
        DEAD_LETTERS.of(name).set(depth(&queue.dead()).await?);
        let mut retrying = 0;
        for attempt in 1..=self.known(&queue.name) {
            retrying += depth(&queue.retry(attempt)).await?;
        }
        QUEUE_MESSAGES_RETRYING.of(name).set(retrying);
        UNHEARD_EVENTS.set(depth(topology::UNHEARD).await?);
        close(link, &channel).await;
        Ok(())
    }

    /// Finds the retry queues that other processes have declared.
    async fn look_for_more(&self, link: &Link, queue: &Queue) -> Result<(), BrokerError> {
        for attempt in self.known(&queue.name) + 1..queue.max_attempts {
            let channel = link.channel().await?;
            match link
                .within(topology::depth(&channel, &queue.retry(attempt)))
                .await
            {
                Ok(_) => self.retried(&queue.name, attempt),
                Err(BrokerError::Amqp(_)) => break,
                Err(error) => return Err(error),
            }
            close(link, &channel).await;
        }
        Ok(())
    }
}

async fn close(link: &Link, channel: &Channel) {
    let _ = link.within(channel.close(200, "done".into())).await;
}

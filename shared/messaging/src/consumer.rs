//! A competing consumer: the replicas of a service share its queue.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use lapin::Channel;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions};
use lapin::types::FieldTable;
use tokio::time::Instant;

use crate::broker::Broker;
use crate::delivery::{Delivery, Settled};
use crate::error::BrokerError;
use crate::headers;
use crate::metrics::{MESSAGES_DEAD_LETTERED, MESSAGES_RETRIED};
use crate::origin::Origins;
use crate::publish::Raw;
use crate::queue::Queue;
use crate::topology;

mod unrouted;

const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// Attempts to move a message before it returns to its queue. Each return counts as one of the
/// broker's limited deliveries (`topology::DELIVERY_LIMIT`).
const MOVE_ATTEMPTS: u32 = 30;
/// AMQP's code of a channel that is closed without an error.
const REPLY_SUCCESS: u16 = 200;
const LOG_INTERVAL: Duration = Duration::from_secs(60);

impl Broker {
    /// A consumer of a shared queue; declares the queue once the broker is connected.
    pub fn consumer(&self, queue: Queue) -> Consumer {
        Consumer::new(self.clone(), queue)
    }
}

/// Receives from one queue and settles the deliveries. When the connection breaks, it subscribes
/// again on the next one.
pub struct Consumer {
    broker: Broker,
    queue: Queue,
    origins: Origins,
    subscription: Option<Subscription>,
}

/// A subscription with its channel.
struct Subscription {
    channel: Channel,
    deliveries: lapin::Consumer,
}

impl Consumer {
    pub(crate) fn new(broker: Broker, queue: Queue) -> Self {
        Self {
            broker,
            origins: Origins::of_queue(&queue.name),
            queue,
            subscription: None,
        }
    }

    /// The queue that this consumer reads.
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Waits until the queue is declared and this consumer is subscribed. Safe to cancel.
    /// `next_batch` calls it.
    pub async fn subscribed(&mut self) {
        if self.subscription.is_none() {
            self.subscription = Some(self.subscribe().await);
        }
    }

    /// Waits for a message and returns it with those that have already arrived, at most `max`, in
    /// the order of their delivery. Safe to cancel.
    ///
    /// Settle all of them before the next call: `ack_batch` acknowledges every earlier delivery. While the broker's
    /// consumers are paused, it waits, and what was delivered returns to the queue.
    pub async fn next_batch(&mut self, max: usize) -> Vec<Delivery> {
        loop {
            if self.broker.pause().left().is_some() {
                self.unsubscribe().await;
                self.broker.pause().over().await;
            }
            self.subscribed().await;
            let Some(Subscription { deliveries, .. }) = &mut self.subscription else {
                continue;
            };
            let first = tokio::select! {
                biased;
                () = self.broker.pause().begun() => continue,
                first = deliveries.next() => first,
            };
            let Some(Ok(first)) = first else {
                // The channel broke or the broker canceled the subscription; nothing is lost.
                self.subscription = None;
                continue;
            };
            let mut batch = vec![Delivery::received(first, &self.origins)];
            while batch.len() < max
                && let Some(Some(Ok(next))) = deliveries.next().now_or_never()
            {
                batch.push(Delivery::received(next, &self.origins));
            }
            return batch;
        }
    }

    /// Acknowledges a batch in one frame. Call it after the commit.
    ///
    /// # Errors
    /// The channel broke; the messages are redelivered and are then duplicates.
    pub async fn ack_batch(&self, batch: &[Delivery]) -> Result<(), BrokerError> {
        let Some(last) = batch.last() else {
            return Ok(());
        };
        let acked = last.acker.ack(BasicAckOptions { multiple: true });
        self.broker.consuming().request(acked).await?;
        Ok(())
    }

    /// Acknowledges one message. Call it after the commit.
    ///
    /// # Errors
    /// The channel broke; the message is redelivered and is then a duplicate.
    pub async fn ack(&self, delivery: &Delivery) -> Result<(), BrokerError> {
        let acked = delivery.acker.ack(BasicAckOptions::default());
        self.broker.consuming().request(acked).await?;
        Ok(())
    }

    /// Moves a message to a retry queue, or to the dead letters after its last try. The copy is
    /// confirmed before the original is acknowledged. Safe to cancel: the message is then
    /// redelivered.
    pub async fn retry(&self, delivery: &Delivery, error: &str) -> Settled {
        if delivery.attempt >= self.queue.max_attempts {
            return self.dead_letter(delivery, error).await;
        }
        self.delay(delivery, delivery.attempt).await
    }

    /// Moves a message to a retry queue without limit: for failures that the message did not cause,
    /// such as an outage of the database. The delay grows, and the message keeps its last try.
    /// Safe to cancel: the message is then redelivered.
    pub async fn postpone(&self, delivery: &Delivery) -> Settled {
        let last = self.queue.max_attempts.saturating_sub(1).max(1);
        self.delay(delivery, delivery.attempt.min(last)).await
    }

    /// Moves a message to the retry queue of its `attempt`th try.
    async fn delay(&self, delivery: &Delivery, attempt: u32) -> Settled {
        let delay = self.queue.delay(attempt).as_millis().to_string();
        let next = attempt.saturating_add(1).min(self.queue.max_attempts);
        let properties =
            headers::for_attempt(&delivery.properties, next).with_expiration(delay.into());
        let moved = self.move_to(Target::Retry(attempt), delivery, &properties);
        let settled = self.settled(delivery, moved.await, Settled::Retried).await;
        if settled == Settled::Retried {
            MESSAGES_RETRIED.of(&self.queue.name).inc();
        }
        settled
    }

    /// Moves a message to the dead letters, with the error in its headers. Safe to cancel: the
    /// message is then redelivered.
    pub async fn dead_letter(&self, delivery: &Delivery, error: &str) -> Settled {
        let mut properties = headers::for_dead(&delivery.properties, error, delivery.attempt);
        if delivery.is_untrusted {
            properties = headers::untrusted(&properties);
        }
        let moved = self.move_to(Target::Dead, delivery, &properties);
        let settled = self.settled(delivery, moved.await, Settled::Dead).await;
        if settled == Settled::Dead {
            MESSAGES_DEAD_LETTERED.of(&self.queue.name).inc();
        }
        settled
    }

    /// Tries repeatedly: the publishing connection may be lost while the consuming one is not.
    async fn move_to(
        &self,
        target: Target,
        delivery: &Delivery,
        properties: &lapin::BasicProperties,
    ) -> Result<(), BrokerError> {
        for _ in 1..MOVE_ATTEMPTS {
            match self.try_move_to(target, delivery, properties).await {
                Err(error) if error.is_transient() && delivery.acker.usable() => {
                    tracing::debug!(queue = self.queue.name, %error, "cannot move a message, retrying");
                    tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                }
                done => return done,
            }
        }
        self.try_move_to(target, delivery, properties).await
    }

    async fn try_move_to(
        &self,
        target: Target,
        delivery: &Delivery,
        properties: &lapin::BasicProperties,
    ) -> Result<(), BrokerError> {
        let queue = self.declare(target).await?;
        let copy = Raw {
            exchange: &topology::retries(&queue),
            routing_key: &queue,
            properties: properties.clone(),
            is_mandatory: true,
            data: &delivery.data,
        };
        self.broker.publisher().publish_one(copy).await?;
        Ok(())
    }

    /// Acknowledges a message that was moved. One that could not be moved returns to its queue at
    /// once, so that the acknowledgement of a later batch does not include it.
    async fn settled(
        &self,
        delivery: &Delivery,
        moved: Result<(), BrokerError>,
        success: Settled,
    ) -> Settled {
        match moved {
            Ok(()) => {
                // A lost acknowledgement only causes a duplicate.
                let _ = self.ack(delivery).await;
                success
            }
            Err(error) => {
                tracing::warn!(queue = self.queue.name, %error, "cannot move a message, returning it to its queue");
                tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                let returned = delivery.acker.nack(BasicNackOptions {
                    requeue: true,
                    ..BasicNackOptions::default()
                });
                let _ = self.broker.consuming().request(returned).await;
                Settled::Returned
            }
        }
    }

    /// Declares the target queue, which may not exist yet or may have been deleted.
    async fn declare(&self, target: Target) -> Result<String, BrokerError> {
        let connection = self.broker.consuming();
        let channel = connection.channel().await?;
        match target {
            Target::Retry(attempt) => {
                connection
                    .request(topology::declare_retry(&channel, &self.queue, attempt))
                    .await?;
                self.broker
                    .depths()
                    .add_retry_queue(&self.queue.name, attempt);
                Ok(self.queue.retry(attempt))
            }
            Target::Dead => {
                connection
                    .request(topology::declare_dead(&channel, &self.queue.name))
                    .await?;
                Ok(self.queue.dead())
            }
        }
    }

    /// Returns deliveries that were not taken to the queue, for other replicas.
    async fn unsubscribe(&mut self) {
        if let Some(Subscription { channel, .. }) = self.subscription.take() {
            // It also closes with its connection.
            let closed = channel.close(REPLY_SUCCESS, "paused".into());
            let _ = self.broker.consuming().request(closed).await;
        }
    }

    async fn subscribe(&self) -> Subscription {
        let mut next_log = Instant::now();
        loop {
            self.broker.consuming().connected().await;
            match self.try_subscribe().await {
                Ok(consumer) => {
                    unrouted::fetch(&self.broker, &self.queue);
                    return consumer;
                }
                Err(error) => {
                    if self.broker.consuming().is_connected() && Instant::now() >= next_log {
                        next_log = Instant::now() + LOG_INTERVAL;
                        tracing::warn!(queue = self.queue.name, %error, "cannot subscribe");
                    }
                    tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                }
            }
        }
    }

    async fn try_subscribe(&self) -> Result<Subscription, BrokerError> {
        let connection = self.broker.consuming();
        let channel: Channel = connection.channel().await?;
        connection
            .request(topology::declare_queue(&channel, &self.queue))
            .await?;
        connection
            .request(channel.basic_qos(self.queue.prefetch, BasicQosOptions::default()))
            .await?;
        let consuming = channel.basic_consume(
            self.queue.name.as_str().into(),
            "".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        );
        let deliveries = connection.request(consuming).await?;
        Ok(Subscription {
            channel,
            deliveries,
        })
    }
}

/// Where a message that was not handled moves.
#[derive(Clone, Copy)]
enum Target {
    /// The retry queue after the n-th try.
    Retry(u32),
    Dead,
}

//! A competing consumer of a shared queue.

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
use crate::publish::Raw;
use crate::queue::Queue;
use crate::topology;

const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);
/// How often a move is tried before the message goes back to its queue, which counts as one of the
/// broker's deliveries: those are few enough.
const TRIES_TO_MOVE: u32 = 30;
const SAY_IT_AGAIN_AFTER: Duration = Duration::from_secs(60);

impl Broker {
    /// A consumer of a shared queue; declares the queue as soon as it can.
    pub fn consumer(&self, queue: Queue) -> Consumer {
        Consumer::new(self.clone(), queue)
    }
}

/// Receives from one queue and settles what it received, over any number of
/// connections: when one breaks, it subscribes again on the next.
pub struct Consumer {
    broker: Broker,
    queue: Queue,
    subscription: Option<lapin::Consumer>,
}

impl Consumer {
    pub(crate) fn new(broker: Broker, queue: Queue) -> Self {
        Self {
            broker,
            queue,
            subscription: None,
        }
    }

    /// The queue this consumer reads.
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Waits until the queue is declared and messages flow to this consumer. Safe to
    /// cancel; `next_batch` does it by itself.
    pub async fn subscribed(&mut self) {
        if self.subscription.is_none() {
            self.subscription = Some(self.subscribe().await);
        }
    }

    /// Waits for a message and returns it with those that are there already, at most
    /// `max`, in the order of their delivery. Safe to cancel.
    ///
    /// Settle every one of them before the next call: acknowledgements are sent for
    /// whole batches.
    pub async fn next_batch(&mut self, max: usize) -> Vec<Delivery> {
        loop {
            self.subscribed().await;
            let Some(subscription) = &mut self.subscription else {
                continue;
            };
            let Some(Ok(first)) = subscription.next().await else {
                // The channel broke or the broker canceled us; nothing is lost.
                self.subscription = None;
                continue;
            };
            let mut batch = vec![Delivery::from(first)];
            while batch.len() < max
                && let Some(Some(Ok(next))) = subscription.next().now_or_never()
            {
                batch.push(Delivery::from(next));
            }
            return batch;
        }
    }

    /// Acknowledges a whole batch, in one frame. Call it after the commit.
    ///
    /// # Errors
    /// When the channel broke; the messages come again and are duplicates then.
    pub async fn ack_batch(&self, batch: &[Delivery]) -> Result<(), BrokerError> {
        let Some(last) = batch.last() else {
            return Ok(());
        };
        let acked = last.acker.ack(BasicAckOptions { multiple: true });
        self.broker.consuming().within(acked).await?;
        Ok(())
    }

    /// Acknowledges one message. Call it after the commit.
    ///
    /// # Errors
    /// When the channel broke; the message comes again and is a duplicate then.
    pub async fn ack(&self, delivery: &Delivery) -> Result<(), BrokerError> {
        let acked = delivery.acker.ack(BasicAckOptions::default());
        self.broker.consuming().within(acked).await?;
        Ok(())
    }

    /// Sends a message away to come back later, or to the dead letters when it was
    /// its last try. The copy is confirmed before the original is acknowledged.
    /// Safe to cancel: then the message comes again.
    pub async fn retry(&self, delivery: &Delivery, error: &str) -> Settled {
        if delivery.attempt >= self.queue.max_attempts {
            return self.dead_letter(delivery, error).await;
        }
        self.send_away(delivery, delivery.attempt).await
    }

    /// Sends a message away to come back later, as often as it takes: for what is not
    /// the message's fault. It waits longer each time and keeps its last try.
    /// Safe to cancel: then the message comes again.
    pub async fn postpone(&self, delivery: &Delivery) -> Settled {
        let last = self.queue.max_attempts.saturating_sub(1).max(1);
        self.send_away(delivery, delivery.attempt.min(last)).await
    }

    /// To where messages wait after their `attempt`th try.
    async fn send_away(&self, delivery: &Delivery, attempt: u32) -> Settled {
        let delay = self.queue.delay(attempt).as_millis().to_string();
        let next = attempt.saturating_add(1).min(self.queue.max_attempts);
        let properties =
            headers::for_attempt(&delivery.properties, next).with_expiration(delay.into());
        let moved = self.hand_over(delivery, Place::Retry(attempt), &properties);
        let settled = self.settled(delivery, moved.await, Settled::Retried).await;
        if settled == Settled::Retried {
            MESSAGES_RETRIED.of(&self.queue.name).inc();
        }
        settled
    }

    /// Sends a message to the dead letters, with the error in its headers.
    /// Safe to cancel: then the message comes again.
    pub async fn dead_letter(&self, delivery: &Delivery, error: &str) -> Settled {
        let properties = headers::for_dead(&delivery.properties, error, delivery.attempt);
        let moved = self.hand_over(delivery, Place::Dead, &properties);
        let settled = self.settled(delivery, moved.await, Settled::Dead).await;
        if settled == Settled::Dead {
            MESSAGES_DEAD_LETTERED.of(&self.queue.name).inc();
        }
        settled
    }

    /// Tries for a while: the connection for publishing may be away while the one for
    /// receiving stands.
    async fn hand_over(
        &self,
        delivery: &Delivery,
        place: Place,
        properties: &lapin::BasicProperties,
    ) -> Result<(), BrokerError> {
        for _ in 1..TRIES_TO_MOVE {
            match self.try_hand_over(delivery, place, properties).await {
                Err(error) if error.is_transient() && delivery.acker.usable() => {
                    tracing::debug!(queue = self.queue.name, %error, "cannot move a message yet");
                    tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                }
                done => return done,
            }
        }
        self.try_hand_over(delivery, place, properties).await
    }

    async fn try_hand_over(
        &self,
        delivery: &Delivery,
        place: Place,
        properties: &lapin::BasicProperties,
    ) -> Result<(), BrokerError> {
        let target = self.declare(place).await?;
        let copy = Raw {
            exchange: "",
            routing_key: &target,
            properties: properties.clone(),
            data: &delivery.data,
        };
        self.broker.publisher().publish_one(copy).await?;
        Ok(())
    }

    /// Acknowledges what was moved; gives back at once what could not be moved, so
    /// that the acknowledgement of a later batch does not take it along.
    async fn settled(
        &self,
        delivery: &Delivery,
        moved: Result<(), BrokerError>,
        success: Settled,
    ) -> Settled {
        match moved {
            Ok(()) => {
                // A lost acknowledgement only means a duplicate.
                let _ = self.ack(delivery).await;
                success
            }
            Err(error) => {
                tracing::warn!(queue = self.queue.name, %error, "cannot move a message, it stays");
                tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                let back = delivery.acker.nack(BasicNackOptions {
                    requeue: true,
                    ..BasicNackOptions::default()
                });
                let _ = self.broker.consuming().within(back).await;
                Settled::Returned
            }
        }
    }

    /// Makes sure that the place is there; somebody may have deleted it.
    async fn declare(&self, place: Place) -> Result<String, BrokerError> {
        let link = self.broker.consuming();
        let channel = link.channel().await?;
        match place {
            Place::Retry(attempt) => {
                link.within(topology::declare_retry(&channel, &self.queue, attempt))
                    .await?;
                self.broker.depths().retried(&self.queue.name, attempt);
                Ok(self.queue.retry(attempt))
            }
            Place::Dead => {
                link.within(topology::declare_dead(&channel, &self.queue.name))
                    .await?;
                Ok(self.queue.dead())
            }
        }
    }

    async fn subscribe(&self) -> lapin::Consumer {
        let mut silent_until = Instant::now();
        loop {
            self.broker.consuming().connected().await;
            match self.try_subscribe().await {
                Ok(consumer) => return consumer,
                Err(error) => {
                    if self.broker.consuming().is_connected() && Instant::now() >= silent_until {
                        silent_until = Instant::now() + SAY_IT_AGAIN_AFTER;
                        tracing::warn!(queue = self.queue.name, %error, "cannot subscribe");
                    }
                    tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                }
            }
        }
    }

    async fn try_subscribe(&self) -> Result<lapin::Consumer, BrokerError> {
        let link = self.broker.consuming();
        let channel: Channel = link.channel().await?;
        link.within(topology::declare_queue(&channel, &self.queue))
            .await?;
        link.within(channel.basic_qos(self.queue.prefetch, BasicQosOptions::default()))
            .await?;
        let consuming = channel.basic_consume(
            self.queue.name.as_str().into(),
            "".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        );
        link.within(consuming).await
    }
}

/// Where a message goes that was not handled.
#[derive(Clone, Copy)]
enum Place {
    /// Where messages wait after their nth try.
    Retry(u32),
    Dead,
}

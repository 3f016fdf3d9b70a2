//! A process's own copy of some events, for its in-memory caches.

use std::time::Duration;

use futures_util::StreamExt;
use lapin::Acker;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use tokio::time::Instant;
use tracing::Span;
use uuid::Uuid;

use crate::broker::Broker;
use crate::connection::Connection;
use crate::delivery::Delivery;
use crate::envelope::Envelope;
use crate::error::BrokerError;
use crate::origin::Origins;
use crate::queue::Binding;
use crate::receiving::process_span;
use crate::topology;

/// The broker drops the oldest events when a process falls this far behind.
const QUEUE_MAX_LENGTH: i64 = 10_000;
const PREFETCH: u16 = 256;
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);
const LOG_INTERVAL: Duration = Duration::from_secs(60);

/// What a fan-out subscription yields.
#[derive(Debug)]
pub enum Notice {
    /// Events arrive from now on; earlier ones may have been missed. Comes first, and again after
    /// each lost connection: clear the cache.
    Subscribed,
    /// An event.
    Event(Envelope),
}

impl Broker {
    /// This process's own copy of the given events, from now on. `name` is the prefix of the
    /// queue's name. It waits until the queues exist that must receive these events.
    pub fn fan_out(&self, name: &str, bindings: Vec<Binding>) -> FanOut {
        FanOut::new(self.consuming().clone(), name, bindings)
    }
}

/// Events for this process alone, in an exclusive queue that the broker deletes with the
/// connection. Only for caches: events that occur while the process is disconnected are missed.
pub struct FanOut {
    connection: Connection,
    name: String,
    bindings: Vec<Binding>,
    subscription: Option<lapin::Consumer>,
    /// The last event that was returned, not acknowledged yet.
    unacked: Option<Acker>,
}

impl FanOut {
    pub(crate) fn new(connection: Connection, name: &str, bindings: Vec<Binding>) -> Self {
        Self {
            connection,
            name: name.to_owned(),
            bindings,
            subscription: None,
            unacked: None,
        }
    }

    /// Waits for the next notice. Safe to cancel.
    pub async fn next(&mut self) -> Notice {
        loop {
            // An event is acknowledged before the next one is received: between receiving an
            // event and returning it there must be no await, where a cancellation would lose it.
            // `multiple` covers an acknowledgement that was canceled. A lost one has no effect,
            // because the queue is deleted with the connection.
            if let Some(acker) = self.unacked.take() {
                let acked = acker.ack(BasicAckOptions { multiple: true });
                let _ = self.connection.request(acked).await;
            }
            let Some(subscription) = &mut self.subscription else {
                self.subscription = Some(self.subscribe().await);
                return Notice::Subscribed;
            };
            let Some(Ok(raw)) = subscription.next().await else {
                self.subscription = None;
                continue;
            };
            let delivery = Delivery::received(raw, &Origins::shared());
            self.unacked = Some(delivery.acker);
            match delivery.envelope {
                Ok(envelope) => return Notice::Event(envelope),
                Err(error) => tracing::warn!(error, "ignoring an event"),
            }
        }
    }

    /// The span in which one of these events is handled.
    pub fn process_span(&self, event: &Envelope) -> Span {
        process_span(&self.name, event, None)
    }

    async fn subscribe(&self) -> lapin::Consumer {
        let mut next_log = Instant::now();
        loop {
            self.connection.connected().await;
            match self.try_subscribe().await {
                Ok(consumer) => return consumer,
                Err(error) => {
                    if self.connection.is_connected() && Instant::now() >= next_log {
                        next_log = Instant::now() + LOG_INTERVAL;
                        match error {
                            // Its consumer has not started yet.
                            BrokerError::NotDeclared(queue) => {
                                tracing::info!(name = self.name, queue, "waiting for a queue");
                            }
                            error => tracing::warn!(name = self.name, %error, "cannot subscribe"),
                        }
                    }
                    tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                }
            }
        }
    }

    async fn try_subscribe(&self) -> Result<lapin::Consumer, BrokerError> {
        let queue = format!("{}.{}", self.name, Uuid::now_v7().simple());
        let channel = self.connection.channel().await?;
        // To the broker, an event that reaches any queue is routed, and it keeps none for a consumer whose queue does not
        // exist yet. If one does not, this is an error, and the caller tries again.
        for queue in self.bindings.iter().flat_map(Binding::consumers) {
            let depth = self.connection.request(topology::depth(&channel, queue));
            depth.await.map_err(|error| match error.is_transient() {
                true => error,
                false => BrokerError::NotDeclared(queue),
            })?;
        }
        let own = QueueDeclareOptions {
            exclusive: true,
            auto_delete: true,
            ..QueueDeclareOptions::default()
        };
        let mut arguments = FieldTable::default();
        arguments.insert(
            "x-max-length".into(),
            AMQPValue::LongLongInt(QUEUE_MAX_LENGTH),
        );
        self.connection
            .request(channel.queue_declare(queue.as_str().into(), own, arguments))
            .await?;
        self.connection
            .request(topology::bind(&channel, &queue, &self.bindings))
            .await?;
        self.connection
            .request(channel.basic_qos(PREFETCH, BasicQosOptions::default()))
            .await?;
        let consuming = channel.basic_consume(
            queue.into(),
            "".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        );
        self.connection.request(consuming).await
    }
}

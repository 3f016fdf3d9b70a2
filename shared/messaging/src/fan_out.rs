//! A process's own copy of some events, for what it keeps in memory.

use std::time::Duration;

use futures_util::StreamExt;
use lapin::Acker;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use tokio::time::Instant;
use tracing::Span;
use uuid::Uuid;

use crate::broker::Broker;
use crate::delivery::Delivery;
use crate::envelope::Envelope;
use crate::error::BrokerError;
use crate::link::Link;
use crate::queue::Binding;
use crate::receiving::process_span;
use crate::topology;

/// Older events are dropped when a process falls this far behind.
const LONGEST_QUEUE: i64 = 10_000;
const PREFETCH: u16 = 256;
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);
const SAY_IT_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// What a fan-out subscription tells.
#[derive(Debug)]
pub enum Notice {
    /// From now on events arrive; earlier ones may have been missed. Comes first, and
    /// again after every lost connection: forget what you know.
    Subscribed,
    /// An event.
    Event(Envelope),
}

impl Broker {
    /// This process's own copy of the given events, from now on: for what is kept in
    /// memory. `name` leads the queue's name.
    pub fn fan_out(&self, name: &str, bindings: Vec<Binding>) -> FanOut {
        FanOut::new(self.consuming().clone(), name, bindings)
    }
}

/// Events for this process alone, in an exclusive queue that vanishes with it. Not
/// for work: what happens while the process is away is never seen.
pub struct FanOut {
    link: Link,
    name: String,
    bindings: Vec<Binding>,
    subscription: Option<lapin::Consumer>,
    /// The last event that was given out.
    given: Option<Acker>,
}

impl FanOut {
    pub(crate) fn new(link: Link, name: &str, bindings: Vec<Binding>) -> Self {
        Self {
            link,
            name: name.to_owned(),
            bindings,
            subscription: None,
            given: None,
        }
    }

    /// Waits for the next notice. Safe to cancel.
    pub async fn next(&mut self) -> Notice {
        loop {
            // Before the next event is taken, not after this one: there must be no point
            // between taking an event and returning it at which it can be canceled. With
            // those before it, in case an acknowledgement was. Nothing to lose: the queue
            // dies with the connection.
            if let Some(given) = self.given.take() {
                let acked = given.ack(BasicAckOptions { multiple: true });
                let _ = self.link.within(acked).await;
            }
            let Some(subscription) = &mut self.subscription else {
                self.subscription = Some(self.subscribe().await);
                return Notice::Subscribed;
            };
            let Some(Ok(raw)) = subscription.next().await else {
                self.subscription = None;
                continue;
            };
            let delivery = Delivery::from(raw);
            self.given = Some(delivery.acker);
            match delivery.envelope {
                Ok(envelope) => return Notice::Event(envelope),
                Err(error) => tracing::warn!(error, "an event without an envelope, ignored"),
            }
        }
    }

    /// The span of handling one of these events.
    pub fn process_span(&self, event: &Envelope) -> Span {
        process_span(&self.name, event, None)
    }

    async fn subscribe(&self) -> lapin::Consumer {
        let mut silent_until = Instant::now();
        loop {
            self.link.connected().await;
            match self.try_subscribe().await {
                Ok(consumer) => return consumer,
                Err(error) => {
                    if self.link.is_connected() && Instant::now() >= silent_until {
                        silent_until = Instant::now() + SAY_IT_AGAIN_AFTER;
                        tracing::warn!(name = self.name, %error, "cannot subscribe");
                    }
                    tokio::time::sleep(PAUSE_AFTER_FAILURE).await;
                }
            }
        }
    }

    async fn try_subscribe(&self) -> Result<lapin::Consumer, BrokerError> {
        let queue = format!("{}.{}", self.name, Uuid::now_v7().simple());
        let channel = self.link.channel().await?;
        let own = QueueDeclareOptions {
            exclusive: true,
            auto_delete: true,
            ..QueueDeclareOptions::default()
        };
        let mut arguments = FieldTable::default();
        arguments.insert("x-max-length".into(), AMQPValue::LongLongInt(LONGEST_QUEUE));
        self.link
            .within(channel.queue_declare(queue.as_str().into(), own, arguments))
            .await?;
        self.link
            .within(topology::bind(&channel, &queue, &self.bindings))
            .await?;
        self.link
            .within(channel.basic_qos(PREFETCH, BasicQosOptions::default()))
            .await?;
        let consuming = channel.basic_consume(
            queue.into(),
            "".into(),
            BasicConsumeOptions::default(),
            FieldTable::default(),
        );
        self.link.within(consuming).await
    }
}

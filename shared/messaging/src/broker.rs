//! The handle that everything else hangs on.

use std::sync::Arc;

use lapin::uri::AMQPUri;
use secrecy::ExposeSecret;

use crate::config::BrokerConfig;
use crate::depth::Depths;
use crate::error::{BrokerError, PublishError};
use crate::link::{Announcer, Link};
use crate::publish::{Outgoing, Publisher};
use crate::queue::Queue;

/// Bytes of a frame; longer bodies travel in several. lapin keeps buffers of 64 frames per
/// connection, which are 8 MiB with the broker's own limit of 128 KiB, and 1 MiB with this one. All
/// headers of a message must fit into one frame.
const FRAME_MAX: u32 = 16 * 1024;

/// A process's broker. Cheap to clone; connects by itself and stays at it until the
/// last clone is dropped.
///
/// Publishing and consuming have a connection each: when the broker throttles the
/// publishers, acknowledgements still flow and queues still drain.
#[derive(Clone)]
pub struct Broker {
    inner: Arc<Inner>,
}

struct Inner {
    depths: Depths,
    consuming: Link,
    publisher: Publisher,
}

impl Broker {
    /// Starts to connect in the background, so a process starts while its broker is
    /// away. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// `Url` when the configured address is not an AMQP address.
    pub fn new(config: &BrokerConfig) -> Result<Self, BrokerError> {
        let url = config.url.expose_secret();
        let mut uri: AMQPUri = url.parse().map_err(|why: String| {
            // The parser may repeat what it was given, password and all.
            let why = if why.contains(url) {
                "it is no URL".to_owned()
            } else {
                why
            };
            BrokerError::Url(why)
        })?;
        uri.query.heartbeat = Some(config.heartbeat_s);
        uri.query.frame_max = Some(FRAME_MAX);
        let announcer = Arc::new(Announcer::default());
        let link = |purpose| Link::start(uri.clone(), config, purpose, Arc::clone(&announcer));
        Ok(Self {
            inner: Arc::new(Inner {
                depths: Depths::default(),
                consuming: link("consume"),
                publisher: Publisher::new(link("publish"), config),
            }),
        })
    }

    /// Whether both connections stand; for the readiness check.
    pub fn is_connected(&self) -> bool {
        self.inner.consuming.is_connected() && self.inner.publisher.link().is_connected()
    }

    /// Waits until messages can be published and received. Safe to cancel.
    pub async fn connected(&self) {
        self.inner.publisher.link().connected().await;
        self.inner.consuming.connected().await;
    }

    /// Publishes all messages at once and waits for the broker's confirms: one result
    /// per message, in order. Everything is persistent and `mandatory`.
    pub async fn publish_batch(&self, batch: &[Outgoing]) -> Vec<Result<(), PublishError>> {
        self.inner.publisher.publish(batch).await
    }

    /// Publishes the gauges of `queue`, of its retries and dead letters and of events
    /// without a listener, until it is dropped. Any number of replicas may: each
    /// one sees the whole.
    pub async fn measure(&self, queue: &Queue) {
        self.inner
            .depths
            .measure(&self.inner.consuming, queue)
            .await;
    }

    pub(crate) fn depths(&self) -> &Depths {
        &self.inner.depths
    }

    pub(crate) fn consuming(&self) -> &Link {
        &self.inner.consuming
    }

    pub(crate) fn publisher(&self) -> &Publisher {
        &self.inner.publisher
    }
}

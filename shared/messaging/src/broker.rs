//! The entry point of this crate.

use std::sync::Arc;

use lapin::uri::AMQPUri;
use secrecy::ExposeSecret;

use crate::config::BrokerConfig;
use crate::connection::{Connection, OutageLog};
use crate::depth::Depths;
use crate::error::{BrokerError, PublishError};
use crate::metrics::Purpose;
use crate::pause::Pause;
use crate::publish::{Outgoing, Publisher};
use crate::queue::Queue;
use crate::server::Server;

/// Bytes of a frame; a longer body takes several. lapin keeps buffers of 64 frames per connection:
/// 8 MiB with the broker's limit of 128 KiB, 1 MiB with this one. All headers of a message must
/// fit into one frame.
const FRAME_MAX: u32 = 16 * 1024;

/// A process's handle of the broker. Cheap to clone. Connects in the background, and reconnects
/// until the last clone is dropped.
///
/// Publishing and consuming have a connection each: when the broker throttles publishers,
/// acknowledgements still flow and queues still drain.
#[derive(Clone)]
pub struct Broker {
    inner: Arc<Inner>,
}

struct Inner {
    depths: Depths,
    consuming: Connection,
    publisher: Publisher,
    pause: Pause,
}

impl Broker {
    /// Starts to connect in the background, so a process can start before its broker. Must be
    /// called inside a tokio runtime.
    ///
    /// # Errors
    /// `Url` if the configured URL is not an AMQP URL, `Ca` if the CA's file cannot be used.
    pub fn new(config: &BrokerConfig) -> Result<Self, BrokerError> {
        let url = config.url.expose_secret();
        let mut uri: AMQPUri = url.parse().map_err(|why: String| {
            // The parser may repeat its input, which contains the password.
            let why = if why.contains(url) {
                "it is not a URL".to_owned()
            } else {
                why
            };
            BrokerError::Url(why)
        })?;
        uri.query.heartbeat = Some(config.heartbeat_s);
        uri.query.frame_max = Some(FRAME_MAX);
        let outage_log = Arc::new(OutageLog::default());
        let server = Server::new(uri, &config.ca_path)?;
        let connection =
            |purpose| Connection::start(server.clone(), config, purpose, Arc::clone(&outage_log));
        Ok(Self {
            inner: Arc::new(Inner {
                depths: Depths::default(),
                consuming: connection(Purpose::Consume),
                publisher: Publisher::new(connection(Purpose::Publish), config),
                pause: Pause::default(),
            }),
        })
    }

    /// Whether both connections are established; for the readiness check.
    pub fn is_connected(&self) -> bool {
        self.inner.consuming.is_connected() && self.inner.publisher.connection().is_connected()
    }

    /// Waits until messages can be published and received. Safe to cancel.
    pub async fn connected(&self) {
        self.inner.publisher.connection().connected().await;
        self.inner.consuming.connected().await;
    }

    /// Publishes all messages at once and waits for the broker's confirms: one result per message,
    /// in order. All are persistent. An event that has no consumer may go nowhere; any other
    /// message that no queue receives is an error.
    pub async fn publish_batch(&self, batch: &[Outgoing]) -> Vec<Result<(), PublishError>> {
        self.inner.publisher.publish(batch).await
    }

    /// Sets the gauges of `queue`, of its retry queues, dead letters and unrouted events, until it
    /// is dropped. Each replica that does so reports the same values.
    pub async fn measure(&self, queue: &Queue) {
        self.inner
            .depths
            .measure(&self.inner.consuming, queue)
            .await;
    }

    /// Stops the consumers of shared queues of this broker and its clones.
    pub fn pause(&self) -> &Pause {
        &self.inner.pause
    }

    pub(crate) fn depths(&self) -> &Depths {
        &self.inner.depths
    }

    pub(crate) fn consuming(&self) -> &Connection {
        &self.inner.consuming
    }

    pub(crate) fn publisher(&self) -> &Publisher {
        &self.inner.publisher
    }
}

//! A connection that is re-established when it is lost. lapin's own recovery is off: with it, a
//! confirm that is in flight when the broker dies may never resolve.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use futures_util::StreamExt;
use instruments::LabelType;
use lapin::{Channel, ConnectionProperties};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::config::BrokerConfig;
use crate::error::BrokerError;
use crate::metrics::{BROKER_CONNECTED, BROKER_CONNECTIONS, Purpose};
use crate::server::{Server, explained};
use crate::topology;

/// A supervised connection. The supervisor ends when the last clone is dropped.
#[derive(Clone)]
pub(crate) struct Connection {
    current: watch::Receiver<Option<Arc<lapin::Connection>>>,
    unresponsive: Arc<watch::Sender<Instant>>,
    timeout: Duration,
    _stop: Arc<DropGuard>,
}

impl Connection {
    pub(crate) fn start(
        server: Server,
        config: &BrokerConfig,
        purpose: Purpose,
        outage_log: Arc<OutageLog>,
    ) -> Self {
        let (sender, current) = watch::channel(None);
        let stop = CancellationToken::new();
        let unresponsive = Arc::new(watch::Sender::new(Instant::now()));
        let supervisor = Supervisor {
            server,
            purpose,
            timeout: config.connect_timeout(),
            max_pause: config.reconnect_max(),
            unresponsive: Arc::clone(&unresponsive),
            outage_log,
            sender,
        };
        let stopped = stop.clone();
        tokio::spawn(async move {
            stopped.run_until_cancelled(supervisor.run()).await;
        });
        Self {
            current,
            unresponsive,
            timeout: config.connect_timeout(),
            _stop: Arc::new(stop.drop_guard()),
        }
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.current
            .borrow()
            .as_ref()
            .is_some_and(|connection| connection.status().connected())
    }

    /// Waits for a connection. Safe to cancel.
    pub(crate) async fn connected(&self) {
        let mut current = self.current.clone();
        // Cannot fail: the supervisor keeps the sender, and `self` keeps the supervisor.
        let _ = current.wait_for(Option::is_some).await;
    }

    /// Waits for `event`, at most for the connection's timeout.
    pub(crate) async fn wait_for<T>(
        &self,
        event: impl Future<Output = T>,
    ) -> Result<T, BrokerError> {
        tokio::time::timeout(self.timeout, event)
            .await
            .map_err(|_| BrokerError::Disconnected)
    }

    /// A new channel on the current connection.
    pub(crate) async fn channel(&self) -> Result<Channel, BrokerError> {
        let connection = self.current.borrow().clone();
        let connection = connection.ok_or(BrokerError::Disconnected)?;
        let channel = self.request(connection.create_channel()).await?;
        Ok(channel)
    }

    /// Runs one request to the broker under the connection's timeout. A connection that does not
    /// respond in time is replaced.
    pub(crate) async fn request<T>(
        &self,
        request: impl Future<Output = lapin::Result<T>>,
    ) -> Result<T, BrokerError> {
        let started = Instant::now();
        match tokio::time::timeout(self.timeout, request).await {
            Ok(response) => Ok(response?),
            Err(_) => {
                self.replace_unresponsive(started);
                Err(BrokerError::TimedOut)
            }
        }
    }

    /// Makes the supervisor replace the connection, which has not responded since `started`. A
    /// connection that was established after `started` is kept.
    pub(crate) fn replace_unresponsive(&self, started: Instant) {
        self.unresponsive.send_if_modified(|latest| {
            let newer = started > *latest;
            *latest = started.max(*latest);
            newer
        });
    }
}

struct Supervisor {
    server: Server,
    purpose: Purpose,
    timeout: Duration,
    max_pause: Duration,
    unresponsive: Arc<watch::Sender<Instant>>,
    outage_log: Arc<OutageLog>,
    sender: watch::Sender<Option<Arc<lapin::Connection>>>,
}

impl Supervisor {
    async fn run(self) {
        let mut is_lost = false;
        let mut timed_out = false;
        let mut pauses = self.pauses();
        // Not set before the first attempt: a process that does not use this connection drops it
        // at once, and 0 would trigger the alert for a lost connection.
        let set_connected = |now: bool| BROKER_CONNECTED.of(self.purpose).set(now);
        loop {
            match self.connect(&mut timed_out).await {
                Ok(connection) => {
                    if is_lost {
                        self.outage_log.reconnected();
                    }
                    let established = Instant::now();
                    let connection = Arc::new(connection);
                    self.sender.send_replace(Some(Arc::clone(&connection)));
                    BROKER_CONNECTIONS.of(self.purpose).inc();
                    set_connected(true);
                    self.until_lost(&connection, established).await;
                    self.sender.send_replace(None);
                    set_connected(false);
                    self.outage_log.lost("the connection was lost");
                    is_lost = true;
                    tokio::spawn(close(connection, self.timeout));
                    // A connection that breaks at once does not reset the backoff.
                    if established.elapsed() > self.max_pause {
                        pauses = self.pauses();
                    }
                }
                Err(error) => {
                    set_connected(false);
                    if !is_lost {
                        // A declaration that the broker rejects, for example, is only in the cause.
                        self.outage_log.lost(&explained(&error));
                        is_lost = true;
                    }
                }
            }
            tokio::time::sleep(pauses.next().unwrap_or(self.max_pause)).await;
        }
    }

    fn pauses(&self) -> ExponentialBackoff {
        ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(100))
            .with_max_delay(self.max_pause)
            .without_max_times()
            .with_jitter()
            .build()
    }

    /// Tries once. When an attempt of lapin times out, its socket and a thread stay until the
    /// server closes the connection. So after an attempt that `timed_out`, the next one probes the
    /// server on a socket of our own first.
    async fn connect(&self, timed_out: &mut bool) -> Result<lapin::Connection, BrokerError> {
        if *timed_out {
            let probed = tokio::time::timeout(self.timeout, self.probe()).await;
            probed
                .map_err(|_| BrokerError::TimedOut)?
                .map_err(|_| BrokerError::Disconnected)?;
        }
        let name = format!("{} {}", process_name(), Purpose::text(self.purpose));
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        let connecting = async {
            let connection = self.server.connect(properties).await?;
            let channel = connection.create_channel().await?;
            topology::require_exchanges(&channel).await?;
            channel.close(200, "done".into()).await?;
            Ok(connection)
        };
        let connected = tokio::time::timeout(self.timeout, connecting).await;
        *timed_out = connected.is_err();
        connected.map_err(|_| BrokerError::TimedOut)?
    }

    /// Sends AMQP's protocol header and waits for any reaction of a running server: its own
    /// header, a TLS alert, or the end of the connection.
    async fn probe(&self) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(self.server.address()).await?;
        stream.write_all(b"AMQP\0\0\x09\x01").await?;
        let _length = stream.read(&mut [0; 8]).await?;
        Ok(())
    }

    async fn until_lost(&self, connection: &lapin::Connection, established: Instant) {
        let mut unresponsive = self.unresponsive.subscribe();
        let mut events = std::pin::pin!(connection.events_listener());
        let mut poll = tokio::time::interval(Duration::from_secs(1));
        while connection.status().connected() {
            tokio::select! {
                _ = events.next() => {}
                _ = poll.tick() => {}
                _ = unresponsive.wait_for(|since| *since >= established) => return,
            }
        }
    }
}

/// Closes a connection that was replaced. It may still have subscriptions, which must move to the
/// next connection. Has no effect on a broken connection.
async fn close(connection: Arc<lapin::Connection>, timeout: Duration) {
    let closed = connection.close(200, "replaced".into());
    let _ = tokio::time::timeout(timeout, closed).await;
}

fn process_name() -> String {
    std::env::current_exe()
        .ok()
        .and_then(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .unwrap_or_else(|| "mercantile".to_owned())
}

/// Logs once when the broker becomes unreachable and once when all connections are back.
#[derive(Default)]
pub(crate) struct OutageLog {
    lost_connections: AtomicUsize,
    is_logged: AtomicBool,
}

impl OutageLog {
    fn lost(&self, why: &str) {
        self.lost_connections.fetch_add(1, Ordering::AcqRel);
        if !self.is_logged.swap(true, Ordering::AcqRel) {
            tracing::warn!(why, "the broker is unreachable, reconnecting");
        }
    }

    fn reconnected(&self) {
        if self.lost_connections.fetch_sub(1, Ordering::AcqRel) == 1
            && self.is_logged.swap(false, Ordering::AcqRel)
        {
            tracing::info!("the broker is reachable again");
        }
    }
}

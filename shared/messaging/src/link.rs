//! One connection, kept alive by us. lapin's own recovery stays off: with it a
//! confirm that is in flight when the broker dies may never resolve.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use futures_util::StreamExt;
use lapin::uri::AMQPUri;
use lapin::{Channel, Connection, ConnectionProperties};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::config::BrokerConfig;
use crate::error::BrokerError;
use crate::metrics::{BROKER_CONNECTED, BROKER_CONNECTIONS};
use crate::topology;

/// A supervised connection. The supervisor ends when the last clone is dropped.
#[derive(Clone)]
pub(crate) struct Link {
    connection: watch::Receiver<Option<Arc<Connection>>>,
    suspect: Arc<watch::Sender<Instant>>,
    timeout: Duration,
    _stop: Arc<DropGuard>,
}

impl Link {
    pub(crate) fn start(
        uri: AMQPUri,
        config: &BrokerConfig,
        purpose: &'static str,
        announcer: Arc<Announcer>,
    ) -> Self {
        let (sender, connection) = watch::channel(None);
        let stop = CancellationToken::new();
        let suspect = Arc::new(watch::Sender::new(Instant::now()));
        let supervisor = Supervisor {
            uri,
            purpose,
            timeout: config.connect_timeout(),
            longest_pause: config.reconnect_max(),
            suspect: Arc::clone(&suspect),
            announcer,
            sender,
        };
        let stopped = stop.clone();
        tokio::spawn(async move {
            stopped.run_until_cancelled(supervisor.run()).await;
        });
        Self {
            connection,
            suspect,
            timeout: config.connect_timeout(),
            _stop: Arc::new(stop.drop_guard()),
        }
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.connection
            .borrow()
            .as_ref()
            .is_some_and(|connection| connection.status().connected())
    }

    /// Waits for a connection. Safe to cancel.
    pub(crate) async fn connected(&self) {
        let mut connection = self.connection.clone();
        // The sender lives as long as the supervisor, which lives as long as we do.
        let _ = connection.wait_for(Option::is_some).await;
    }

    /// Gives something about to happen the link's time-out.
    pub(crate) async fn soon<T>(&self, event: impl Future<Output = T>) -> Result<T, BrokerError> {
        tokio::time::timeout(self.timeout, event)
            .await
            .map_err(|_| BrokerError::Disconnected)
    }

    /// A new channel on the present connection.
    pub(crate) async fn channel(&self) -> Result<Channel, BrokerError> {
        let connection = self.connection.borrow().clone();
        let connection = connection.ok_or(BrokerError::Disconnected)?;
        let channel = self.within(connection.create_channel()).await?;
        Ok(channel)
    }

    /// Runs one request to the broker under the link's time-out; a connection that
    /// does not answer is given up.
    pub(crate) async fn within<T>(
        &self,
        request: impl Future<Output = lapin::Result<T>>,
    ) -> Result<T, BrokerError> {
        let started = Instant::now();
        match tokio::time::timeout(self.timeout, request).await {
            Ok(answer) => Ok(answer?),
            Err(_) => {
                self.give_up(started);
                Err(BrokerError::TimedOut)
            }
        }
    }

    /// Asks the supervisor for a new connection, because this one does not answer since
    /// `started`. A connection that came later is not meant.
    pub(crate) fn give_up(&self, started: Instant) {
        self.suspect.send_if_modified(|latest| {
            let newer = started > *latest;
            *latest = started.max(*latest);
            newer
        });
    }
}

struct Supervisor {
    uri: AMQPUri,
    purpose: &'static str,
    timeout: Duration,
    longest_pause: Duration,
    suspect: Arc<watch::Sender<Instant>>,
    announcer: Arc<Announcer>,
    sender: watch::Sender<Option<Arc<Connection>>>,
}

impl Supervisor {
    async fn run(self) {
        let mut away = false;
        let mut silent = false;
        let mut pauses = self.pauses();
        // Nothing is said before the first try: a process without use for this link drops it at once, and an
        // alert would take it for a lost one.
        let stands = |now: bool| BROKER_CONNECTED.of(self.purpose).set(now);
        loop {
            match self.connect(&mut silent).await {
                Ok(connection) => {
                    if away {
                        self.announcer.back();
                    }
                    let established = Instant::now();
                    let connection = Arc::new(connection);
                    self.sender.send_replace(Some(Arc::clone(&connection)));
                    BROKER_CONNECTIONS.of(self.purpose).inc();
                    stands(true);
                    self.until_lost(&connection, established).await;
                    self.sender.send_replace(None);
                    stands(false);
                    self.announcer.away("the connection was lost");
                    away = true;
                    tokio::spawn(close(connection, self.timeout));
                    // One that breaks at once is no reason to try again at once.
                    if established.elapsed() > self.longest_pause {
                        pauses = self.pauses();
                    }
                }
                Err(error) => {
                    stands(false);
                    if !away {
                        self.announcer.away(&error.to_string());
                        away = true;
                    }
                }
            }
            tokio::time::sleep(pauses.next().unwrap_or(self.longest_pause)).await;
        }
    }

    fn pauses(&self) -> ExponentialBackoff {
        ExponentialBuilder::default()
            .with_min_delay(Duration::from_millis(100))
            .with_max_delay(self.longest_pause)
            .without_max_times()
            .with_jitter()
            .build()
    }

    /// Tries once. An attempt of the client library that gets no answer keeps its socket
    /// and a thread for as long as the other side does, so after a `silent` one the next
    /// begins with a question on a socket of our own.
    async fn connect(&self, silent: &mut bool) -> Result<Connection, BrokerError> {
        if *silent {
            let answer = tokio::time::timeout(self.timeout, self.any_answer()).await;
            answer
                .map_err(|_| BrokerError::TimedOut)?
                .map_err(|_| BrokerError::Disconnected)?;
        }
        let name = format!("{} {}", process_name(), self.purpose);
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        let connecting = async {
            let connection = Connection::connect_uri(self.uri.clone(), properties).await?;
            topology::declare_exchanges(&connection.create_channel().await?).await?;
            Ok(connection)
        };
        let connected = tokio::time::timeout(self.timeout, connecting).await;
        *silent = connected.is_err();
        connected.map_err(|_| BrokerError::TimedOut)?
    }

    /// Waits for whatever a living server says to AMQP's greeting: its own, a TLS alert,
    /// or the end of the connection.
    async fn any_answer(&self) -> std::io::Result<()> {
        let authority = &self.uri.authority;
        let mut stream = TcpStream::connect((authority.host.as_str(), authority.port)).await?;
        stream.write_all(b"AMQP\0\0\x09\x01").await?;
        let _said = stream.read(&mut [0; 8]).await?;
        Ok(())
    }

    async fn until_lost(&self, connection: &Connection, established: Instant) {
        let mut suspicions = self.suspect.subscribe();
        let mut events = std::pin::pin!(connection.events_listener());
        let mut look = tokio::time::interval(Duration::from_secs(1));
        while connection.status().connected() {
            tokio::select! {
                _ = events.next() => {}
                _ = look.tick() => {}
                _ = suspicions.wait_for(|since| *since >= established) => return,
            }
        }
    }
}

/// A connection that was given up may still carry subscriptions: they must move to the
/// next one. Nothing happens if it is broken anyway.
async fn close(connection: Arc<Connection>, timeout: Duration) {
    let closed = connection.close(200, "given up".into());
    let _ = tokio::time::timeout(timeout, closed).await;
}

fn process_name() -> String {
    std::env::current_exe()
        .ok()
        .and_then(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .unwrap_or_else(|| "mercantile".to_owned())
}

/// Says once that the broker is away and once that it is back, however many links
/// notice.
#[derive(Default)]
pub(crate) struct Announcer {
    links_away: AtomicUsize,
    said: AtomicBool,
}

impl Announcer {
    fn away(&self, why: &str) {
        self.links_away.fetch_add(1, Ordering::AcqRel);
        if !self.said.swap(true, Ordering::AcqRel) {
            tracing::warn!(why, "the broker is away; trying to reconnect");
        }
    }

    fn back(&self) {
        if self.links_away.fetch_sub(1, Ordering::AcqRel) == 1
            && self.said.swap(false, Ordering::AcqRel)
        {
            tracing::info!("the broker is back");
        }
    }
}

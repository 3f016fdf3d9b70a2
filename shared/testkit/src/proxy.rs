use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
    time::{sleep, timeout},
};

mod pump;

/// How long a server may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// A server behind a proxy.
#[derive(Debug)]
pub struct Backend {
    /// `host:port`.
    pub address: String,
    /// New connections prefer ready backends.
    pub ready: AtomicBool,
}

impl Backend {
    /// A backend that is ready.
    pub fn new(address: impl ToString) -> Arc<Self> {
        Arc::new(Self {
            address: address.to_string(),
            ready: AtomicBool::new(true),
        })
    }
}

/// Network faults. The default is none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Delay of each chunk.
    pub delay: Duration,
    /// Largest random addition to the delay.
    pub jitter: Duration,
    /// Bytes per second in each direction; 0 means no limit.
    pub bandwidth: u32,
    /// New connections are closed at once.
    pub refuses: bool,
    /// Nothing arrives. What was sent arrives afterwards, as TCP would retransmit it.
    pub stalls: bool,
}

/// A TCP proxy in front of real servers that injects network faults. It balances new connections
/// over its backends in turn.
#[derive(Debug)]
pub struct Proxy {
    /// The address that it listens on.
    pub address: SocketAddr,
    wire: Arc<Wire>,
    connections: Arc<()>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// A proxy to `server` (`host:port`) on a free loopback port.
    ///
    /// # Panics
    /// No port is free.
    pub async fn to(server: impl Into<String>) -> Self {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let backends = vec![Backend::new(server.into())];
        Self::listen(free, backends).await.expect("a free port")
    }

    /// A proxy without a server: connections are closed until [`Proxy::set_server`] is called.
    ///
    /// # Panics
    /// No port is free.
    pub async fn without_backend() -> Self {
        Self::to("").await
    }

    /// A proxy that listens on `address` and balances over `backends`.
    ///
    /// # Errors
    /// The address cannot be bound.
    pub async fn listen(address: SocketAddr, backends: Vec<Arc<Backend>>) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let wire = Arc::new(Wire {
            backends: RwLock::new(backends.into()),
            faults: watch::Sender::default(),
            cuts: watch::Sender::new(0),
            accepted: AtomicUsize::new(0),
        });
        let connections = Arc::new(());
        let (accepting, counted) = (Arc::clone(&wire), Arc::downgrade(&connections));
        let task = tokio::spawn(async move {
            loop {
                let Ok((client, _)) = listener.accept().await else {
                    // No file descriptor is free at the moment.
                    sleep(Duration::from_millis(50)).await;
                    continue;
                };
                let turn = accepting.accepted.fetch_add(1, Ordering::SeqCst);
                // Subscribed before the task starts, so that the next cut ends this connection.
                let (cuts, counted) = (accepting.cuts.subscribe(), counted.upgrade());
                let wire = Arc::clone(&accepting);
                tokio::spawn(async move {
                    wire.forward(client, turn, cuts).await;
                    drop(counted);
                });
            }
        });
        Ok(Self {
            address,
            wire,
            connections,
            task,
        })
    }

    /// A proxy to the server of a URL (`postgres://user:password@host:port/database`), and the URL
    /// through the proxy.
    ///
    /// # Panics
    /// The URL has another form, or no port is free.
    pub async fn in_front_of(url: &str) -> (Self, String) {
        let (scheme, rest) = url.split_once("://").expect("a URL");
        let (authority, path) = rest.split_once('/').expect("a URL with a path");
        let (user, server) = match authority.rsplit_once('@') {
            Some((user, server)) => (format!("{user}@"), server),
            None => (String::new(), authority),
        };
        let proxy = Self::to(server).await;
        let through = format!("{scheme}://{user}{}/{path}", proxy.address);
        (proxy, through)
    }

    /// Sends new connections to this server (`host:port`).
    pub fn set_server(&self, server: impl Into<String>) {
        let only: Arc<[Arc<Backend>]> = Arc::from([Backend::new(server.into())]);
        *self
            .wire
            .backends
            .write()
            .unwrap_or_else(PoisonError::into_inner) = only;
    }

    /// Closes all connections and refuses new ones until [`Proxy::restore`].
    pub fn cut(&self) {
        self.set(Faults {
            refuses: true,
            ..Faults::default()
        });
        self.end_connections();
    }

    /// Closes all open connections.
    pub fn end_connections(&self) {
        self.wire.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Sets the faults, also for open connections.
    pub fn set(&self, faults: Faults) {
        self.wire.faults.send_replace(faults);
    }

    /// Ends all faults.
    pub fn restore(&self) {
        self.set(Faults::default());
    }

    /// Number of open connections.
    #[must_use]
    pub fn connections(&self) -> usize {
        Arc::strong_count(&self.connections) - 1
    }

    /// Number of connections so far.
    #[must_use]
    pub fn accepted(&self) -> usize {
        self.wire.accepted.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.cut();
        self.task.abort();
    }
}

#[derive(Debug)]
struct Wire {
    backends: RwLock<Arc<[Arc<Backend>]>>,
    faults: watch::Sender<Faults>,
    /// Each change closes the open connections.
    cuts: watch::Sender<u64>,
    accepted: AtomicUsize,
}

impl Wire {
    async fn forward(&self, client: TcpStream, turn: usize, mut cuts: watch::Receiver<u64>) {
        if self.faults.borrow().refuses {
            return;
        }
        let work = async {
            if let Some(server) = self.connect(turn).await {
                pump::both_ways(client, server, &self.faults).await;
            }
        };
        tokio::select! {
            () = work => {}
            _ = cuts.changed() => {}
        }
    }

    /// Connects to the next ready backend in turn, else to the next one that accepts.
    async fn connect(&self, turn: usize) -> Option<TcpStream> {
        let backends = Arc::clone(&self.backends.read().unwrap_or_else(PoisonError::into_inner));
        let count = backends.len();
        let in_turn = (0..count).filter_map(|step| backends.get((turn + step) % count));
        let (ready, unready): (Vec<_>, Vec<_>) =
            in_turn.partition(|backend| backend.ready.load(Ordering::Relaxed));
        for backend in ready.into_iter().chain(unready) {
            let connecting = timeout(CONNECT, TcpStream::connect(&backend.address));
            if let Ok(Ok(stream)) = connecting.await {
                return Some(stream);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// A TCP proxy in front of a real server, so that a test can take the server away and give it back.
#[derive(Debug)]
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    server: Arc<watch::Sender<String>>,
    open: Arc<watch::Sender<bool>>,
    connections: Arc<()>,
    accepted: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// A proxy to `server` (`host:port`) on a free loopback port.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn to(server: impl Into<String>) -> Self {
        let proxy = Self::ahead().await;
        proxy.lead_to(server);
        proxy
    }

    /// A proxy to a server whose address is not known yet: nobody answers until
    /// [`Proxy::lead_to`] tells it.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn ahead() -> Self {
        let server = Arc::new(watch::Sender::new(String::new()));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let open = Arc::new(watch::Sender::new(true));
        let connections = Arc::new(());
        let (target, gate) = (Arc::clone(&server), Arc::clone(&open));
        let counted = Arc::downgrade(&connections);
        let accepted = Arc::new(AtomicUsize::new(0));
        let taken = Arc::clone(&accepted);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                taken.fetch_add(1, Ordering::SeqCst);
                let (server, open, counted) =
                    (target.borrow().clone(), gate.subscribe(), counted.upgrade());
                tokio::spawn(async move {
                    carry(stream, server, open).await;
                    drop(counted);
                });
            }
        });
        Self {
            address,
            server,
            open,
            connections,
            accepted,
            task,
        }
    }

    /// A proxy to the server of a URL (`postgres://user:password@host:port/database`), and the URL
    /// that leads through it.
    ///
    /// # Panics
    /// When it is no such URL, or no port is free.
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

    /// New connections go to this server (`host:port`).
    pub fn lead_to(&self, server: impl Into<String>) {
        self.server.send_replace(server.into());
    }

    /// Cuts every connection, and every new one at once, until [`Proxy::restore`].
    pub fn cut(&self) {
        self.open.send_replace(false);
    }

    /// How many connections are open.
    #[must_use]
    pub fn connections(&self) -> usize {
        Arc::strong_count(&self.connections) - 1
    }

    /// How many connections there have been.
    #[must_use]
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    /// Lets connections through again.
    pub fn restore(&self) {
        self.open.send_replace(true);
    }
}

async fn carry(mut client: TcpStream, server: String, mut open: watch::Receiver<bool>) {
    if !*open.borrow_and_update() {
        return;
    }
    let Ok(mut upstream) = TcpStream::connect(&server).await else {
        return;
    };
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut upstream) => {}
        // Any change is a cut, also one that was restored before this task saw it.
        _ = open.changed() => {}
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.open.send_replace(false);
        self.task.abort();
    }
}

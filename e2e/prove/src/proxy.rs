//! The network between the processes: a TCP proxy for every pair, which balances over replicas and
//! does what it is told to do wrong.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_util::task::AbortOnDropHandle;

/// How long the other side may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Bytes that are carried at a time; with a delay that bounds the bandwidth as well.
const CHUNK: usize = 16 * 1024;

/// What stands behind a proxy: one process or server.
#[derive(Debug)]
pub(crate) struct Backend {
    pub(crate) address: SocketAddr,
    /// Set by whoever watches it. New connections go to the ready ones, if there are any.
    pub(crate) ready: AtomicBool,
}

impl Backend {
    pub(crate) fn new(address: SocketAddr) -> Arc<Self> {
        Arc::new(Self {
            address,
            ready: AtomicBool::new(true),
        })
    }
}

/// How a link treats what it carries. The default is a good network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Weather {
    /// Every chunk arrives so much later...
    pub(crate) delay: Duration,
    /// ...and up to so much more.
    pub(crate) jitter: Duration,
    /// Bytes per second in each direction; 0 is no limit.
    pub(crate) bandwidth: u32,
    /// New connections are closed at once.
    pub(crate) refuses: bool,
    /// Nothing arrives. What was sent arrives when it is over, as TCP would send it again.
    pub(crate) swallows: bool,
}

/// A proxy in front of one target, for one caller.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) from: String,
    pub(crate) to: String,
    /// Where the caller connects to.
    pub(crate) address: SocketAddr,
    weather: watch::Sender<Weather>,
    /// Every change is a cut.
    cuts: watch::Sender<u64>,
    /// Kept while the link is.
    #[expect(dead_code, reason = "ends with the link")]
    listener: AbortOnDropHandle<()>,
}

impl Link {
    /// Listens on `address`.
    pub(crate) async fn open(
        address: SocketAddr,
        from: &str,
        to: &str,
        backends: Vec<Arc<Backend>>,
    ) -> Result<Self> {
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on {address}"))?;
        let address = listener.local_addr()?;
        let weather = watch::Sender::new(Weather::default());
        let cuts = watch::Sender::new(0);
        let wire = Wire {
            weather: weather.clone(),
            cuts: cuts.clone(),
            backends: backends.into(),
            turn: Arc::default(),
        };
        let accept = tokio::spawn(async move {
            loop {
                match listener.accept().await {
                    Ok((caller, _)) => {
                        tokio::spawn(wire.clone().carry(caller));
                    }
                    // Out of files for a moment.
                    Err(_) => sleep(Duration::from_millis(50)).await,
                }
            }
        });
        Ok(Self {
            from: from.to_owned(),
            to: to.to_owned(),
            address,
            weather,
            cuts,
            listener: AbortOnDropHandle::new(accept),
        })
    }

    pub(crate) fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }

    /// Cuts every connection that is open.
    pub(crate) fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    pub(crate) fn name(&self) -> String {
        format!("{} to {}", self.from, self.to)
    }
}

#[derive(Clone)]
struct Wire {
    weather: watch::Sender<Weather>,
    cuts: watch::Sender<u64>,
    backends: Arc<[Arc<Backend>]>,
    turn: Arc<AtomicUsize>,
}

impl Wire {
    async fn carry(self, caller: TcpStream) {
        let mut cuts = self.cuts.subscribe();
        if self.weather.borrow().refuses {
            return;
        }
        let Some(server) = self.connect().await else {
            return;
        };
        let _only_slower = caller.set_nodelay(true);
        let _only_slower = server.set_nodelay(true);
        let (from_caller, to_caller) = caller.into_split();
        let (from_server, to_server) = server.into_split();
        let there = pump(from_caller, to_server, self.weather.subscribe());
        let back = pump(from_server, to_caller, self.weather.subscribe());
        tokio::select! {
            // Either side may close its half and go on reading; an error ends both.
            _ = async { tokio::try_join!(there, back) } => {}
            _ = cuts.changed() => {}
        }
    }

    /// The next one in turn that is ready, else the next one that can be reached at all.
    async fn connect(&self) -> Option<TcpStream> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let count = self.backends.len();
        let in_turn = (0..count).filter_map(|step| self.backends.get((turn + step) % count));
        let (ready, unready): (Vec<_>, Vec<_>) =
            in_turn.partition(|backend| backend.ready.load(Ordering::Relaxed));
        for backend in ready.into_iter().chain(unready) {
            if let Ok(Ok(stream)) = timeout(CONNECT, TcpStream::connect(backend.address)).await {
                return Some(stream);
            }
        }
        None
    }
}

async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut weather: watch::Receiver<Weather>,
) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let length = from.read(&mut chunk).await?;
        let now = *weather
            .wait_for(|weather| !weather.swallows)
            .await
            .map_err(io::Error::other)?;
        let mut wait = now.delay + now.jitter.mul_f64(rand::random_range(0.0..1.0));
        if now.bandwidth > 0 {
            let bytes = u32::try_from(length).unwrap_or(u32::MAX);
            wait += Duration::from_secs_f64(f64::from(bytes) / f64::from(now.bandwidth));
        }
        if !wait.is_zero() {
            sleep(wait).await;
        }
        if length == 0 {
            return to.shutdown().await;
        }
        to.write_all(chunk.get(..length).unwrap_or_default())
            .await?;
    }
}

#[cfg(test)]
mod tests;

//! The replicas of an upstream, and which of them gets a call.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};
use tonic::body::Body;

use super::addresses::{Addresses, Known};
use super::dial::{Dial, Link, is_untouched};
use super::replica::Replica;

/// Replicas that one attempt may meet before one takes the call.
const MOST_TRIES: u32 = 3;
/// Bytes of an answer, well above what tonic takes for one message.
const LONGEST_ANSWER: usize = 8 * 1024 * 1024;

/// What all connections to an upstream share.
pub(super) struct Way {
    pub(super) upstream: &'static str,
    pub(super) dial: Dial,
    pub(super) addresses: Addresses,
}

/// Why a call got no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    #[error("its host name has no address")]
    Nowhere,
    #[error("its host name was not resolved in time")]
    NotResolved,
    #[error("no replica can be connected to")]
    NoConnection,
    #[error("no replica takes the call")]
    Refused,
    #[error("the connection failed")]
    Ended(#[source] hyper::Error),
    #[error("the answer broke off")]
    BrokeOff(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// One connection to each replica.
pub(super) struct Replicas {
    pool: Arc<Pool>,
    following: Option<AbortHandle>,
}

pub(super) struct Pool {
    pub(super) way: Arc<Way>,
    /// A replica came, or an attempt to connect to one is over.
    pub(super) news: Notify,
    members: Mutex<Members>,
}

/// `None`: the host name is being looked up for the first time.
type Members = Option<Arc<[Arc<Replica>]>>;

impl Replicas {
    /// Must be called inside a tokio runtime.
    pub(super) fn new(way: Arc<Way>) -> Self {
        let watch = way.addresses.watch();
        let pool = Arc::new(Pool {
            way,
            news: Notify::new(),
            members: Mutex::default(),
        });
        pool.take(pool.way.addresses.known());
        let following =
            watch.map(|known| tokio::spawn(follow(Arc::clone(&pool), known)).abort_handle());
        Self { pool, following }
    }

    /// The same upstream over other connections.
    pub(super) fn anew(&self) -> Self {
        Self::new(Arc::clone(&self.pool.way))
    }

    pub(super) fn way(&self) -> &Way {
        &self.pool.way
    }

    /// Sends a call to one replica. One that certainly did nothing about it is followed by the next,
    /// at once; `avoid` is not asked while there are others, and becomes the last one asked.
    pub(super) async fn send(
        &self,
        request: impl Fn() -> Request<Full<Bytes>>,
        avoid: &mut Option<SocketAddr>,
    ) -> Result<Response<Body>, Trouble> {
        for _ in 0..MOST_TRIES {
            let (replica, mut link) = self.pick(*avoid).await?;
            *avoid = Some(replica.address);
            let counted = replica.count();
            match link.try_send_request(request()).await {
                Ok(response) => {
                    // One message, whole: the caller's deadline is over this, too, and not over what is
                    // read later.
                    let (head, body) = response.into_parts();
                    let body = Limited::new(body, LONGEST_ANSWER).collect().await;
                    let body = body.map_err(Trouble::BrokeOff)?;
                    drop(counted);
                    replica.prove();
                    return Ok(Response::from_parts(head, Body::new(body)));
                }
                Err(error) if is_untouched(&error) => {
                    tracing::debug!(
                        upstream = self.pool.way.upstream,
                        address = %replica.address,
                        error = %error.error(),
                        "not sent; another replica is asked"
                    );
                }
                Err(error) => return Err(Trouble::Ended(error.into_error())),
            }
        }
        Err(Trouble::Refused)
    }

    /// The one that was asked last let a call down.
    pub(super) fn suspect(&self, asked: Option<SocketAddr>) {
        let members = self.pool.members().unwrap_or_default();
        if let Some(replica) = members.iter().find(|known| Some(known.address) == asked) {
            replica.suspect();
        }
    }

    async fn pick(&self, avoid: Option<SocketAddr>) -> Result<Found, Trouble> {
        if let Some(members) = self.pool.members()
            && let Some(found) = self.pool.connected(&members, avoid)
        {
            return Ok(found);
        }
        self.pool.connect_to_any(avoid).await
    }
}

impl Drop for Replicas {
    fn drop(&mut self) {
        if let Some(following) = &self.following {
            following.abort();
        }
    }
}

async fn follow(pool: Arc<Pool>, mut known: watch::Receiver<Known>) {
    loop {
        let now = known.borrow_and_update().clone();
        pool.take(now);
        if known.changed().await.is_err() {
            return;
        }
    }
}

type Found = (Arc<Replica>, Link);

impl Pool {
    fn members(&self) -> Members {
        let members = self.members.lock();
        members.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Who is known already keeps the connection. Who is not any more gets no call; what is on its way
    /// there ends in peace, and then the connection is closed.
    fn take(&self, known: Known) {
        let Some(known) = known else { return };
        let before = self.members().unwrap_or_default();
        let now = known.iter().map(|address| {
            let old = before.iter().find(|replica| replica.address == *address);
            old.map_or_else(|| Arc::new(Replica::new(*address)), Arc::clone)
        });
        let now = Some(now.collect());
        *self.members.lock().unwrap_or_else(PoisonError::into_inner) = now;
        self.news.notify_waiters();
    }

    /// Of two connected replicas, by lot, the one with fewer calls: no herd runs to the idlest one,
    /// and one that hangs gets fewer and fewer.
    fn connected(
        self: &Arc<Self>,
        members: &[Arc<Replica>],
        avoid: Option<SocketAddr>,
    ) -> Option<Found> {
        let first = match members.len() {
            0 => return None,
            1 => 0,
            many => rand::random_range(0..many),
        };
        if let [_, _, ..] = members {
            let second = (first + rand::random_range(1..members.len())) % members.len();
            let (one, two) = (&members[first], &members[second]);
            let lighter = if two.load() < one.load() { two } else { one };
            if avoid != Some(lighter.address)
                && !lighter.is_suspect()
                && let Some(link) = lighter.link()
            {
                return Some((Arc::clone(lighter), link));
            }
        }
        self.any_connected(members, first, avoid)
    }

    /// Looks at all of them, and has those connected to that are not.
    fn any_connected(
        self: &Arc<Self>,
        members: &[Arc<Replica>],
        first: usize,
        avoid: Option<SocketAddr>,
    ) -> Option<Found> {
        let (before, after) = members.split_at_checked(first)?;
        let mut best: Option<(bool, usize, Found)> = None;
        let mut missing = Vec::new();
        for replica in after.iter().chain(before) {
            let Some(link) = replica.link() else {
                missing.push(replica);
                continue;
            };
            let avoided = avoid == Some(replica.address) || replica.is_suspect();
            let load = replica.load();
            if best
                .as_ref()
                .is_none_or(|(a, l, _)| (avoided, load) < (*a, *l))
            {
                best = Some((avoided, load, (Arc::clone(replica), link)));
            }
        }
        let (_, _, found) = best?;
        for replica in missing {
            replica.connect(self, false);
        }
        Some(found)
    }

    /// Nobody is connected: connects to all at once and takes the first that answers. Calls that come
    /// meanwhile join in; whoever has seen every replica fail, fails.
    async fn connect_to_any(self: &Arc<Self>, avoid: Option<SocketAddr>) -> Result<Found, Trouble> {
        let patience = Instant::now() + self.way.dial.timeout();
        let mut asked: Vec<(Arc<Replica>, u64)> = Vec::new();
        loop {
            let mut news = std::pin::pin!(self.news.notified());
            news.as_mut().enable();
            let Some(members) = self.members() else {
                let looked_up = timeout_at(patience, news).await;
                looked_up.map_err(|_elapsed| Trouble::NotResolved)?;
                continue;
            };
            if members.is_empty() {
                self.way.addresses.look_again();
                return Err(Trouble::Nowhere);
            }
            if let Some(found) = self.connected(&members, avoid) {
                return Ok(found);
            }
            asked.retain(|(known, _)| members.iter().any(|member| Arc::ptr_eq(member, known)));
            for replica in members.iter() {
                if !asked.iter().any(|(known, _)| Arc::ptr_eq(known, replica)) {
                    asked.push((Arc::clone(replica), replica.attempts()));
                    replica.connect(self, true);
                }
            }
            let failed =
                |(replica, before): &(Arc<Replica>, u64)| replica.has_failed_since(*before);
            if asked.iter().all(failed) {
                return Err(Trouble::NoConnection);
            }
            news.await;
        }
    }
}

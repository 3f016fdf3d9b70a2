//! The endpoints of an upstream, and which of them gets a call.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout_at};
use tonic::body::Body;

use crate::connector::{Connection, Connector, is_unprocessed};
use crate::endpoint::Endpoint;
use crate::resolver::{Known, Resolver};

/// Endpoints that one attempt may meet before one takes the call.
const MOST_TRIES: u32 = 3;
/// Bytes of an answer, well above what tonic takes for one message.
const LONGEST_ANSWER: usize = 8 * 1024 * 1024;

/// What all connections to an upstream share.
pub(crate) struct Target {
    pub(crate) upstream: &'static str,
    pub(crate) connector: Connector,
    pub(crate) resolver: Resolver,
}

/// Why a call got no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("its host name has no address")]
    Nowhere,
    #[error("its host name was not resolved in time")]
    NotResolved,
    #[error("no endpoint can be connected to")]
    NoConnection,
    #[error("no endpoint takes the call")]
    Refused,
    #[error("the connection failed")]
    Ended(#[source] hyper::Error),
    #[error("the answer broke off")]
    BrokeOff(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// One connection to each endpoint.
pub(crate) struct Balancer {
    pool: Arc<Pool>,
    following: Option<AbortHandle>,
}

pub(crate) struct Pool {
    pub(crate) target: Arc<Target>,
    /// A endpoint came, or an attempt to connect to one is over.
    pub(crate) changed: Notify,
    members: Mutex<Members>,
}

/// `None`: the host name is being looked up for the first time.
type Members = Option<Arc<[Arc<Endpoint>]>>;

impl Balancer {
    /// Must be called inside a tokio runtime.
    pub(crate) fn new(target: Arc<Target>) -> Self {
        let watch = target.resolver.watch();
        let pool = Arc::new(Pool {
            target,
            changed: Notify::new(),
            members: Mutex::default(),
        });
        pool.take(pool.target.resolver.known());
        let following =
            watch.map(|known| tokio::spawn(follow(Arc::clone(&pool), known)).abort_handle());
        Self { pool, following }
    }

    /// The same upstream over other connections.
    pub(crate) fn with_own_connections(&self) -> Self {
        Self::new(Arc::clone(&self.pool.target))
    }

    pub(crate) fn target(&self) -> &Target {
        &self.pool.target
    }

    /// Sends a call to one endpoint. One that certainly did nothing about it is followed by the next,
    /// at once; `avoid` is not asked while there are others, and becomes the last one asked.
    pub(crate) async fn send(
        &self,
        request: impl Fn() -> Request<Full<Bytes>>,
        avoid: &mut Option<SocketAddr>,
    ) -> Result<Response<Body>, Error> {
        for _ in 0..MOST_TRIES {
            let (endpoint, mut connection) = self.pick(*avoid).await?;
            *avoid = Some(endpoint.address);
            let counted = endpoint.count();
            match connection.try_send_request(request()).await {
                Ok(response) => {
                    // One message, whole: the caller's deadline is over this, too, and not over what is
                    // read later.
                    let (head, body) = response.into_parts();
                    let body = Limited::new(body, LONGEST_ANSWER).collect().await;
                    let body = body.map_err(Error::BrokeOff)?;
                    drop(counted);
                    endpoint.succeeded();
                    return Ok(Response::from_parts(head, Body::new(body)));
                }
                Err(error) if is_unprocessed(&error) => {
                    tracing::debug!(
                        upstream = self.pool.target.upstream,
                        address = %endpoint.address,
                        error = %error.error(),
                        "not sent; another endpoint is asked"
                    );
                }
                Err(error) => return Err(Error::Ended(error.into_error())),
            }
        }
        Err(Error::Refused)
    }

    /// The one that was asked last let a call down.
    pub(crate) fn report_failure(&self, asked: Option<SocketAddr>) {
        let members = self.pool.members().unwrap_or_default();
        if let Some(endpoint) = members.iter().find(|known| Some(known.address) == asked) {
            endpoint.failed();
        }
    }

    async fn pick(&self, avoid: Option<SocketAddr>) -> Result<Found, Error> {
        if let Some(members) = self.pool.members()
            && let Some(found) = self.pool.connected(&members, avoid)
        {
            return Ok(found);
        }
        self.pool.connect_to_any(avoid).await
    }
}

impl Drop for Balancer {
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

type Found = (Arc<Endpoint>, Connection);

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
            let old = before.iter().find(|endpoint| endpoint.address == *address);
            old.map_or_else(|| Arc::new(Endpoint::new(*address)), Arc::clone)
        });
        let now = Some(now.collect());
        *self.members.lock().unwrap_or_else(PoisonError::into_inner) = now;
        self.changed.notify_waiters();
    }

    /// Of two connected endpoints, by lot, the one with fewer calls: no herd runs to the idlest one,
    /// and one that hangs gets fewer and fewer.
    fn connected(
        self: &Arc<Self>,
        members: &[Arc<Endpoint>],
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
                && !lighter.is_ejected()
                && let Some(connection) = lighter.connection()
            {
                return Some((Arc::clone(lighter), connection));
            }
        }
        self.any_connected(members, first, avoid)
    }

    /// Looks at all of them, and has those connected to that are not.
    fn any_connected(
        self: &Arc<Self>,
        members: &[Arc<Endpoint>],
        first: usize,
        avoid: Option<SocketAddr>,
    ) -> Option<Found> {
        let (before, after) = members.split_at_checked(first)?;
        let mut best: Option<(bool, usize, Found)> = None;
        let mut missing = Vec::new();
        for endpoint in after.iter().chain(before) {
            let Some(connection) = endpoint.connection() else {
                missing.push(endpoint);
                continue;
            };
            let avoided = avoid == Some(endpoint.address) || endpoint.is_ejected();
            let load = endpoint.load();
            if best
                .as_ref()
                .is_none_or(|(a, l, _)| (avoided, load) < (*a, *l))
            {
                best = Some((avoided, load, (Arc::clone(endpoint), connection)));
            }
        }
        let (_, _, found) = best?;
        for endpoint in missing {
            endpoint.connect(self, false);
        }
        Some(found)
    }

    /// Nobody is connected: connects to all at once and takes the first that answers. Calls that come
    /// meanwhile join in; whoever has seen every endpoint fail, fails.
    async fn connect_to_any(self: &Arc<Self>, avoid: Option<SocketAddr>) -> Result<Found, Error> {
        let patience = Instant::now() + self.target.connector.timeout();
        let mut asked: Vec<(Arc<Endpoint>, u64)> = Vec::new();
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            let Some(members) = self.members() else {
                let looked_up = timeout_at(patience, changed).await;
                looked_up.map_err(|_elapsed| Error::NotResolved)?;
                continue;
            };
            if members.is_empty() {
                self.target.resolver.refresh();
                return Err(Error::Nowhere);
            }
            if let Some(found) = self.connected(&members, avoid) {
                return Ok(found);
            }
            asked.retain(|(known, _)| members.iter().any(|member| Arc::ptr_eq(member, known)));
            for endpoint in members.iter() {
                if !asked.iter().any(|(known, _)| Arc::ptr_eq(known, endpoint)) {
                    asked.push((Arc::clone(endpoint), endpoint.attempts()));
                    endpoint.connect(self, true);
                }
            }
            let failed =
                |(endpoint, before): &(Arc<Endpoint>, u64)| endpoint.has_failed_since(*before);
            if asked.iter().all(failed) {
                return Err(Error::NoConnection);
            }
            changed.await;
        }
    }
}

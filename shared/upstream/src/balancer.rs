//! Chooses the endpoint for each call.

use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;
use tonic::body::Body;

use crate::connector::{Connection, is_unprocessed};
use crate::endpoint::{Endpoint, Target};
use crate::resolver::Addresses;

/// Endpoints that one attempt may try until one processes the call.
const MAX_ENDPOINTS: u32 = 3;
/// Most bytes of a response: well above tonic's limit for one message.
const MAX_RESPONSE: usize = 8 * 1024 * 1024;

/// Why a call got no response.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the host name has no address")]
    NoAddress,
    #[error("the host name was not resolved in time")]
    NotResolved,
    #[error("no endpoint can be connected to")]
    NoConnection,
    #[error("no endpoint processed the call")]
    NotProcessed,
    #[error("the connection failed")]
    Connection(#[source] hyper::Error),
    #[error("the response is incomplete")]
    Incomplete(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// `None`: the first lookup has not finished.
type Endpoints = Option<Arc<[Arc<Endpoint>]>>;
type Connected = (Arc<Endpoint>, Connection);

/// One connection to each endpoint.
pub(crate) struct Balancer {
    target: Arc<Target>,
    endpoints: watch::Receiver<Endpoints>,
    _follow: Option<AbortOnDropHandle<()>>,
}

impl Balancer {
    /// Must be called inside a tokio runtime.
    pub(crate) fn new(target: Arc<Target>) -> Self {
        let (update, endpoints) = watch::channel(None);
        let follow = tokio::spawn(follow(Arc::clone(&target), update));
        Self {
            target,
            endpoints,
            _follow: Some(AbortOnDropHandle::new(follow)),
        }
    }

    /// One balancer for each endpoint, which sends all calls to it over the same connection. None if the host name has no
    /// address, or was not resolved in time.
    pub(crate) async fn each(&self) -> Vec<(SocketAddr, Self)> {
        let mut endpoints = self.endpoints.clone();
        let resolved = endpoints.wait_for(Option::is_some);
        let resolved = timeout(self.target.connector.timeout(), resolved).await;
        let endpoints = match resolved {
            Ok(Ok(endpoints)) => endpoints.clone().unwrap_or_default(),
            _ => return Vec::new(),
        };
        let pinned = endpoints.iter().map(|endpoint| {
            let only: Arc<[Arc<Endpoint>]> = Arc::from([Arc::clone(endpoint)]);
            let pinned = Self {
                target: Arc::clone(&self.target),
                endpoints: watch::channel(Some(only)).1,
                _follow: None,
            };
            (endpoint.address(), pinned)
        });
        pinned.collect()
    }

    /// A balancer for the same upstream with separate connections.
    pub(crate) fn with_own_connections(&self) -> Self {
        Self::new(Arc::clone(&self.target))
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// Sends a call to one endpoint. If that endpoint certainly did not process it, the next one gets
    /// it at once. `last` is avoided while other endpoints remain, and is set to the last one tried.
    pub(crate) async fn send(
        &self,
        request: impl Fn() -> Request<Full<Bytes>>,
        last: &mut Option<Arc<Endpoint>>,
    ) -> Result<Response<Body>, Error> {
        for _ in 0..MAX_ENDPOINTS {
            let (endpoint, mut connection) = self.pick(last.as_ref()).await?;
            let endpoint = last.insert(endpoint);
            let in_flight = endpoint.track();
            match connection.try_send_request(request()).await {
                Ok(response) => {
                    // Read to the end, so that the caller's deadline covers all of it.
                    let (head, body) = response.into_parts();
                    let body = Limited::new(body, MAX_RESPONSE).collect().await;
                    let body = body.map_err(Error::Incomplete)?;
                    drop(in_flight);
                    return Ok(Response::from_parts(head, Body::new(body)));
                }
                Err(error) if is_unprocessed(&error) => {
                    let (upstream, address) = (self.target.upstream, endpoint.address());
                    let error = error.error();
                    tracing::debug!(upstream, %address, %error, "not processed, trying another endpoint");
                }
                Err(error) => return Err(Error::Connection(error.into_error())),
            }
        }
        Err(Error::NotProcessed)
    }

    /// A connected endpoint, or else the first one that connects.
    async fn pick(&self, avoid: Option<&Arc<Endpoint>>) -> Result<Connected, Error> {
        let mut endpoints = self.endpoints.clone();
        loop {
            let Some(current) = endpoints.borrow_and_update().clone() else {
                let resolved = timeout(self.target.connector.timeout(), endpoints.changed()).await;
                if !matches!(resolved, Ok(Ok(()))) {
                    return Err(Error::NotResolved);
                }
                continue;
            };
            if current.is_empty() {
                self.target.resolver.refresh();
                return Err(Error::NoAddress);
            }
            if let Some(connected) = less_loaded(candidates(&current, avoid)) {
                return Ok(connected);
            }
            tokio::select! {
                connected = connect_to_any(&current) => return connected.ok_or(Error::NoConnection),
                Ok(()) = endpoints.changed() => {}
            }
        }
    }
}

/// Updates the endpoints when the addresses change. An endpoint whose address remains keeps its
/// connection. A removed one gets no more calls; its connection closes when its calls have ended.
async fn follow(target: Arc<Target>, endpoints: watch::Sender<Endpoints>) {
    let mut addresses: watch::Receiver<Addresses> = target.resolver.watch();
    loop {
        if let Some(addresses) = addresses.borrow_and_update().clone() {
            let before = endpoints.borrow().clone().unwrap_or_default();
            let now = addresses.iter().map(|address| {
                let existing = before
                    .iter()
                    .find(|endpoint| endpoint.address() == *address);
                let new = || Arc::new(Endpoint::new(*address, Arc::clone(&target)));
                existing.map_or_else(new, Arc::clone)
            });
            endpoints.send_replace(Some(now.collect()));
        }
        if addresses.changed().await.is_err() {
            return;
        }
    }
}

/// The connected endpoints that are neither ejected nor `avoid`, or the other connected ones if there
/// are none. Starts to connect those that are not connected.
fn candidates(endpoints: &[Arc<Endpoint>], avoid: Option<&Arc<Endpoint>>) -> Vec<Connected> {
    let (mut preferred, mut others) = (Vec::new(), Vec::new());
    for endpoint in endpoints {
        let is_ejected = endpoint.is_ejected();
        match endpoint.connection() {
            Some(connection) => {
                let is_avoided = avoid.is_some_and(|avoid| Arc::ptr_eq(avoid, endpoint));
                let list = if is_ejected || is_avoided {
                    &mut others
                } else {
                    &mut preferred
                };
                list.push((Arc::clone(endpoint), connection));
            }
            None if is_ejected => {}
            None => drop(endpoint.connect()),
        }
    }
    if preferred.is_empty() {
        others
    } else {
        preferred
    }
}

/// The less loaded of two random candidates (power of two choices). Unlike "least loaded of all", it
/// does not send all calls to the same idle endpoint; and an endpoint that hangs gets fewer calls.
fn less_loaded(mut candidates: Vec<Connected>) -> Option<Connected> {
    let one = take_random(&mut candidates)?;
    Some(match take_random(&mut candidates) {
        Some(two) if two.0.load() < one.0.load() => two,
        _ => one,
    })
}

fn take_random(candidates: &mut Vec<Connected>) -> Option<Connected> {
    match candidates.len() {
        0 => None,
        count => Some(candidates.swap_remove(rand::random_range(0..count))),
    }
}

/// Connects to all endpoints at once, ejected or not. Returns the first that connects, or `None` if
/// all attempts fail.
async fn connect_to_any(endpoints: &[Arc<Endpoint>]) -> Option<Connected> {
    let attempts = endpoints.iter().map(|endpoint| async move {
        let connection = endpoint.connect().await?;
        Some((Arc::clone(endpoint), connection))
    });
    let mut attempts: FuturesUnordered<_> = attempts.collect();
    while let Some(attempt) = attempts.next().await {
        if attempt.is_some() {
            return attempt;
        }
    }
    None
}

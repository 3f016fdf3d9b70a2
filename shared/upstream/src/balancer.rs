//! Which endpoint of an upstream gets a call.

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
use crate::resolver::Known;

/// Endpoints that one attempt may try until one of them processes the call.
const MAX_ENDPOINTS: u32 = 3;
/// Bytes of a response: well above what tonic accepts as one message.
const MAX_RESPONSE: usize = 8 * 1024 * 1024;

/// Why a call got no response.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("its host name has no address")]
    NoAddress,
    #[error("its host name was not resolved in time")]
    NotResolved,
    #[error("no endpoint can be connected to")]
    NoConnection,
    #[error("no endpoint accepts the call")]
    NotProcessed,
    #[error("the connection failed")]
    Connection(#[source] hyper::Error),
    #[error("the response is incomplete")]
    Incomplete(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// `None`: the host name is being looked up for the first time.
type Endpoints = Option<Arc<[Arc<Endpoint>]>>;
type Connected = (Arc<Endpoint>, Connection);

/// One connection to each endpoint.
pub(crate) struct Balancer {
    target: Arc<Target>,
    endpoints: watch::Receiver<Endpoints>,
    _follow: AbortOnDropHandle<()>,
}

impl Balancer {
    /// Must be called inside a tokio runtime.
    pub(crate) fn new(target: Arc<Target>) -> Self {
        let (update, endpoints) = watch::channel(None);
        let follow = tokio::spawn(follow(Arc::clone(&target), update));
        Self {
            target,
            endpoints,
            _follow: AbortOnDropHandle::new(follow),
        }
    }

    /// The same upstream over other connections.
    pub(crate) fn with_own_connections(&self) -> Self {
        Self::new(Arc::clone(&self.target))
    }

    pub(crate) fn target(&self) -> &Target {
        &self.target
    }

    /// Sends a call to one endpoint. If that certainly did not process it, the next one gets it at once.
    /// `last` is avoided while other endpoints remain, and becomes the one that was tried last.
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
                    // The whole message, so that the caller's deadline covers it.
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

    /// A connected endpoint, or the first that can be connected to.
    async fn pick(&self, avoid: Option<&Arc<Endpoint>>) -> Result<Connected, Error> {
        let mut endpoints = self.endpoints.clone();
        loop {
            let Some(known) = endpoints.borrow_and_update().clone() else {
                let resolved = timeout(self.target.connector.timeout(), endpoints.changed()).await;
                if !matches!(resolved, Ok(Ok(()))) {
                    return Err(Error::NotResolved);
                }
                continue;
            };
            if known.is_empty() {
                self.target.resolver.refresh();
                return Err(Error::NoAddress);
            }
            if let Some(connected) = less_loaded(candidates(&known, avoid)) {
                return Ok(connected);
            }
            tokio::select! {
                connected = connect_to_any(&known) => return connected.ok_or(Error::NoConnection),
                Ok(()) = endpoints.changed() => {}
            }
        }
    }
}

/// Keeps the endpoints in step with the addresses. Known endpoints keep their connection. A removed one
/// gets no more calls; its connection is closed when its calls have ended.
async fn follow(target: Arc<Target>, endpoints: watch::Sender<Endpoints>) {
    let mut addresses: watch::Receiver<Known> = target.resolver.watch();
    loop {
        if let Some(addresses) = addresses.borrow_and_update().clone() {
            let before = endpoints.borrow().clone().unwrap_or_default();
            let now = addresses.iter().map(|address| {
                let known = before.iter().find(|known| known.address() == *address);
                let new = || Arc::new(Endpoint::new(*address, Arc::clone(&target)));
                known.map_or_else(new, Arc::clone)
            });
            endpoints.send_replace(Some(now.collect()));
        }
        if addresses.changed().await.is_err() {
            return;
        }
    }
}

/// The connected endpoints: those to prefer, or the others if there are none. Has those connected
/// that are not.
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

/// The less loaded of two random ones (power of two choices): calls do not all rush to the idlest
/// endpoint, and one that hangs gets fewer and fewer.
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
        many => Some(candidates.swap_remove(rand::random_range(0..many))),
    }
}

/// Connects to all endpoints at once, ejected or not: the first that is connected, or `None` if all
/// attempts failed.
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

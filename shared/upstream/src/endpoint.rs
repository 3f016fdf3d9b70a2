//! One address of an upstream: its connection, its load, and whether it is ejected.

use std::future::ready;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use tokio::time::Instant;

use crate::backoff::Backoff;
use crate::connector::{Connection, Connector};
use crate::resolver::Resolver;

const EJECTION: Backoff = Backoff::from_millis(250, 5_000);

/// State shared by all endpoints of an upstream.
pub(crate) struct Target {
    pub(crate) upstream: &'static str,
    pub(crate) connector: Connector,
    pub(crate) resolver: Resolver,
}

/// An attempt to connect, shared by all calls that wait for it. Yields `None` if it fails.
pub(crate) type Connecting = Shared<BoxFuture<'static, Option<Connection>>>;

pub(crate) struct Endpoint {
    address: SocketAddr,
    target: Arc<Target>,
    /// Cloned by each call in flight.
    in_flight: Arc<()>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    connection: Option<Connection>,
    /// Whether a call got a response over this connection.
    has_responded: bool,
    connecting: Option<Connecting>,
    consecutive_failures: u32,
    ejected_until: Option<Instant>,
}

impl Endpoint {
    pub(crate) fn new(address: SocketAddr, target: Arc<Target>) -> Self {
        Self {
            address,
            target,
            in_flight: Arc::default(),
            state: Mutex::default(),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The open connection, if there is one.
    pub(crate) fn connection(&self) -> Option<Connection> {
        self.state().open().cloned()
    }

    /// Calls in flight.
    pub(crate) fn load(&self) -> usize {
        Arc::strong_count(&self.in_flight)
    }

    /// Counts a call until the return value is dropped.
    pub(crate) fn track(&self) -> Arc<()> {
        Arc::clone(&self.in_flight)
    }

    /// Records how a call ended. A failure ejects the endpoint for a while; a success ends the
    /// ejection.
    pub(crate) fn record(&self, failed: bool) {
        let mut state = self.state();
        if failed {
            state.eject();
        } else {
            state.has_responded = true;
            state.consecutive_failures = 0;
            state.ejected_until = None;
        }
    }

    /// Whether other endpoints should get the calls.
    pub(crate) fn is_ejected(&self) -> bool {
        let until = self.state().ejected_until;
        until.is_some_and(|end| Instant::now() < end)
    }

    /// Connects in the background, unless it is connected or connecting already.
    pub(crate) fn connect(self: &Arc<Self>) -> Connecting {
        let mut state = self.state();
        if let Some(connection) = state.open() {
            return ready(Some(connection.clone())).boxed().shared();
        }
        let connecting = state.connecting.get_or_insert_with(|| {
            let attempt = Arc::clone(self).attempt().boxed().shared();
            tokio::spawn(attempt.clone());
            attempt
        });
        connecting.clone()
    }

    async fn attempt(self: Arc<Self>) -> Option<Connection> {
        let endpoint = Arc::downgrade(&self);
        let on_end = move || {
            // `None`: the endpoint was removed because its address left the host name.
            if let Some(endpoint) = endpoint.upgrade() {
                endpoint.disconnected();
            }
        };
        let connected = self.target.connector.connect(self.address, on_end).await;
        let mut state = self.state();
        state.connecting = None;
        match connected {
            Ok(connection) => {
                state.has_responded = false;
                state.ejected_until = None;
                state.connection = Some(connection.clone());
                Some(connection)
            }
            Err(error) => {
                let (upstream, address) = (self.target.upstream, self.address);
                tracing::debug!(upstream, %address, %error, "cannot connect");
                state.eject();
                self.target.resolver.refresh();
                None
            }
        }
    }

    fn disconnected(&self) {
        let mut state = self.state();
        // A proxy without a server behind it accepts connections and closes them.
        if !state.has_responded {
            state.eject();
        }
        self.target.resolver.refresh();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Drops a connection that has ended.
    fn open(&mut self) -> Option<&Connection> {
        self.connection.take_if(|connection| connection.is_closed());
        self.connection.as_ref()
    }

    /// Ejects the endpoint, for longer after each consecutive failure.
    fn eject(&mut self) {
        self.ejected_until = Some(Instant::now() + EJECTION.after(self.consecutive_failures));
        self.consecutive_failures = self.consecutive_failures.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::Config;

    fn endpoint() -> Endpoint {
        let url = "http://127.0.0.1:1".to_owned();
        let address = "127.0.0.1:1".parse().unwrap();
        let config = Config {
            url,
            ..Config::default()
        };
        let target = Target {
            upstream: "catalog",
            connector: Connector::new(&config).unwrap(),
            resolver: Resolver::fixed(address),
        };
        Endpoint::new(address, Arc::new(target))
    }

    fn ejected_for(endpoint: &Endpoint) -> Duration {
        let until = endpoint.state().ejected_until.unwrap();
        until.saturating_duration_since(Instant::now())
    }

    #[test]
    fn each_consecutive_failure_ejects_for_longer() {
        let endpoint = endpoint();
        endpoint.record(true);
        assert!(endpoint.is_ejected());
        assert!(ejected_for(&endpoint) <= Duration::from_millis(250));
        endpoint.record(true);
        endpoint.record(true);
        assert!(ejected_for(&endpoint) > Duration::from_millis(400));
    }

    #[test]
    fn a_success_ends_the_ejection_and_its_doubling() {
        let endpoint = endpoint();
        (0..5).for_each(|_| endpoint.record(true));
        endpoint.record(false);
        assert!(!endpoint.is_ejected());
        endpoint.record(true);
        assert!(ejected_for(&endpoint) <= Duration::from_millis(250));
    }
}

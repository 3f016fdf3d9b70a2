//! One address of an upstream and the connection to it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::balancer::Pool;
use crate::connector::Connection;

const FIRST_EJECTION: Duration = Duration::from_millis(250);
const LONGEST_EJECTION: Duration = Duration::from_secs(5);

pub(crate) struct Endpoint {
    pub(crate) address: SocketAddr,
    calls: AtomicUsize,
    /// Something was answered over the connection.
    proven: AtomicBool,
    /// It let a call down and has answered none since.
    failed: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    connection: Option<Connection>,
    connecting: bool,
    /// Attempts to connect that are over, however they went.
    attempts: u64,
    failures_in_a_row: u32,
    ejected_until: Option<Instant>,
}

impl Endpoint {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            calls: AtomicUsize::new(0),
            proven: AtomicBool::new(false),
            failed: AtomicBool::new(false),
            state: Mutex::default(),
        }
    }

    /// The open connection, if there is one.
    pub(crate) fn connection(&self) -> Option<Connection> {
        self.state().open().cloned()
    }

    /// Calls that wait for their answer.
    pub(crate) fn load(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// Counts a call until what it returns is dropped.
    pub(crate) fn count(&self) -> Counted<'_> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Counted(self)
    }

    /// Notes that it answered.
    pub(crate) fn succeeded(&self) {
        self.proven.store(true, Ordering::Relaxed);
        if self.failed.load(Ordering::Relaxed) && self.failed.swap(false, Ordering::Relaxed) {
            self.state().recover();
        }
    }

    /// Notes that it let a call down, although it is connected: while there are others it is left alone
    /// for a while, then it gets one more chance.
    pub(crate) fn failed(&self) {
        self.state().eject();
        self.failed.store(true, Ordering::Relaxed);
    }

    /// Whether calls had better go elsewhere.
    pub(crate) fn is_ejected(&self) -> bool {
        self.failed.load(Ordering::Relaxed) && self.state().is_ejected()
    }

    /// How many attempts to connect are over.
    pub(crate) fn attempts(&self) -> u64 {
        self.state().attempts
    }

    /// Whether an attempt is over since then, and there is no connection.
    pub(crate) fn has_failed_since(&self, attempts: u64) -> bool {
        let mut state = self.state();
        state.attempts > attempts && state.open().is_none()
    }

    /// Connects in the background, if it is not connected, being connected, or, unless it is urgent,
    /// at rest after a failure.
    pub(crate) fn connect(self: &Arc<Self>, pool: &Arc<Pool>, urgent: bool) {
        {
            let mut state = self.state();
            if state.open().is_some() || state.connecting || (state.is_ejected() && !urgent) {
                return;
            }
            state.connecting = true;
        }
        let (endpoint, pool) = (Arc::clone(self), Arc::clone(pool));
        tokio::spawn(async move { endpoint.open_connection(&pool).await });
    }

    async fn open_connection(self: Arc<Self>, pool: &Pool) {
        let (endpoint, target) = (Arc::downgrade(&self), Arc::clone(&pool.target));
        let ended = move || {
            // A connection that was given up with its endpoint is no news.
            if let Some(endpoint) = endpoint.upgrade() {
                let mut state = endpoint.state();
                state.open();
                // A proxy in front of nobody takes connections, and ends them.
                if endpoint.proven.load(Ordering::Relaxed) {
                    state.recover();
                } else {
                    state.eject();
                }
                target.resolver.refresh();
            }
        };
        let connected = pool.target.connector.connect(self.address, ended).await;
        {
            let mut state = self.state();
            state.connecting = false;
            state.attempts += 1;
            match connected {
                Ok(connection) => {
                    self.proven.store(false, Ordering::Relaxed);
                    state.connection = Some(connection);
                }
                Err(error) => {
                    let upstream = pool.target.upstream;
                    tracing::debug!(upstream, address = %self.address, %error, "cannot connect");
                    state.eject();
                    pool.target.resolver.refresh();
                }
            }
        }
        pool.changed.notify_waiters();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Forgets a connection that has ended.
    fn open(&mut self) -> Option<&Connection> {
        self.connection.take_if(|connection| connection.is_closed());
        self.connection.as_ref()
    }

    fn is_ejected(&self) -> bool {
        self.ejected_until.is_some_and(|end| Instant::now() < end)
    }

    fn recover(&mut self) {
        self.failures_in_a_row = 0;
        self.ejected_until = None;
    }

    /// It failed: while others are connected, it is left alone for longer and longer.
    fn eject(&mut self) {
        let longest = FIRST_EJECTION
            .saturating_mul(2_u32.saturating_pow(self.failures_in_a_row))
            .min(LONGEST_EJECTION);
        self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
        self.ejected_until = Some(Instant::now() + longest.mul_f64(rand::random_range(0.5..1.0)));
    }
}

/// A call on its way.
pub(crate) struct Counted<'a>(&'a Endpoint);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::Relaxed);
    }
}

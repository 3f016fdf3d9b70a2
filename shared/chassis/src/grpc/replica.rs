//! One address of an upstream and the connection to it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::dial::Link;
use super::replicas::Pool;

const FIRST_REST: Duration = Duration::from_millis(250);
const LONGEST_REST: Duration = Duration::from_secs(5);

pub(super) struct Replica {
    pub(super) address: SocketAddr,
    calls: AtomicUsize,
    /// Something was answered over the connection.
    proven: AtomicBool,
    /// It let a call down and has answered none since.
    suspect: AtomicBool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    link: Option<Link>,
    connecting: bool,
    /// Attempts to connect that are over, however they went.
    attempts: u64,
    failures_in_a_row: u32,
    rests_until: Option<Instant>,
}

impl Replica {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            calls: AtomicUsize::new(0),
            proven: AtomicBool::new(false),
            suspect: AtomicBool::new(false),
            state: Mutex::default(),
        }
    }

    /// The open connection, if there is one.
    pub(super) fn link(&self) -> Option<Link> {
        self.state().open().cloned()
    }

    /// Calls that wait for their answer.
    pub(super) fn load(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// Counts a call until what it returns is dropped.
    pub(super) fn count(&self) -> Counted<'_> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Counted(self)
    }

    /// Notes that it answered.
    pub(super) fn prove(&self) {
        self.proven.store(true, Ordering::Relaxed);
        if self.suspect.load(Ordering::Relaxed) && self.suspect.swap(false, Ordering::Relaxed) {
            self.state().recover();
        }
    }

    /// Notes that it let a call down, although it is connected: while there are others it is left alone
    /// for a while, then it gets one more chance.
    pub(super) fn suspect(&self) {
        self.state().rest();
        self.suspect.store(true, Ordering::Relaxed);
    }

    /// Whether calls had better go elsewhere.
    pub(super) fn is_suspect(&self) -> bool {
        self.suspect.load(Ordering::Relaxed) && self.state().rests()
    }

    /// How many attempts to connect are over.
    pub(super) fn attempts(&self) -> u64 {
        self.state().attempts
    }

    /// Whether an attempt is over since then, and there is no connection.
    pub(super) fn has_failed_since(&self, attempts: u64) -> bool {
        let mut state = self.state();
        state.attempts > attempts && state.open().is_none()
    }

    /// Connects in the background, if it is not connected, being connected, or, unless it is urgent,
    /// at rest after a failure.
    pub(super) fn connect(self: &Arc<Self>, pool: &Arc<Pool>, urgent: bool) {
        {
            let mut state = self.state();
            if state.open().is_some() || state.connecting || (state.rests() && !urgent) {
                return;
            }
            state.connecting = true;
        }
        let (replica, pool) = (Arc::clone(self), Arc::clone(pool));
        tokio::spawn(async move { replica.dial(&pool).await });
    }

    async fn dial(self: Arc<Self>, pool: &Pool) {
        let (replica, way) = (Arc::downgrade(&self), Arc::clone(&pool.way));
        let ended = move || {
            // A connection that was given up with its replica is no news.
            if let Some(replica) = replica.upgrade() {
                let mut state = replica.state();
                state.open();
                // A proxy in front of nobody takes connections, and ends them.
                if replica.proven.load(Ordering::Relaxed) {
                    state.recover();
                } else {
                    state.rest();
                }
                way.addresses.look_again();
            }
        };
        let connected = pool.way.dial.connect(self.address, ended).await;
        {
            let mut state = self.state();
            state.connecting = false;
            state.attempts += 1;
            match connected {
                Ok(link) => {
                    self.proven.store(false, Ordering::Relaxed);
                    state.link = Some(link);
                }
                Err(error) => {
                    let upstream = pool.way.upstream;
                    tracing::debug!(upstream, address = %self.address, %error, "cannot connect");
                    state.rest();
                    pool.way.addresses.look_again();
                }
            }
        }
        pool.news.notify_waiters();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Forgets a connection that has ended.
    fn open(&mut self) -> Option<&Link> {
        self.link.take_if(|link| link.is_closed());
        self.link.as_ref()
    }

    fn rests(&self) -> bool {
        self.rests_until.is_some_and(|end| Instant::now() < end)
    }

    fn recover(&mut self) {
        self.failures_in_a_row = 0;
        self.rests_until = None;
    }

    /// It failed: while others are connected, it is left alone for longer and longer.
    fn rest(&mut self) {
        let longest = FIRST_REST
            .saturating_mul(2_u32.saturating_pow(self.failures_in_a_row))
            .min(LONGEST_REST);
        self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
        self.rests_until = Some(Instant::now() + longest.mul_f64(rand::random_range(0.5..1.0)));
    }
}

/// A call on its way.
pub(super) struct Counted<'a>(&'a Replica);

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::Relaxed);
    }
}

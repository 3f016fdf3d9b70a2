//! A circuit breaker: after too many failures it rejects calls at once for a while, then admits one
//! call as a probe. The current time is an argument, for tests.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

mod admission;

pub(crate) use admission::Admission;

const WINDOW_SECONDS: usize = 10;
/// Each failed probe doubles the pause, up to this multiple of the first one.
const MAX_PAUSE_FACTOR: u32 = 8;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) failure_percent: u32,
    pub(crate) min_calls: u32,
    pub(crate) open_for: Duration,
}

/// Permission for one call. Must be returned with [`Breaker::record`] or [`Breaker::abandon`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ticket {
    Normal,
    /// The call that tests whether the upstream works again.
    Probe,
}

/// The transition that a call caused, for the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    None,
    Opened,
    Closed,
}

#[derive(Debug)]
pub(crate) struct Breaker {
    settings: Settings,
    created: Instant,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    mode: Mode,
    pause: Duration,
    window: [Second; WINDOW_SECONDS],
    newest: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Closed,
    Open { until: Instant },
    HalfOpen,
}

#[derive(Debug, Clone, Copy, Default)]
struct Second {
    calls: u32,
    failures: u32,
}

impl Breaker {
    pub(crate) fn new(settings: Settings, now: Instant) -> Self {
        Self {
            settings,
            created: now,
            state: Mutex::new(State {
                mode: Mode::Closed,
                pause: settings.open_for,
                window: [Second::default(); WINDOW_SECONDS],
                newest: 0,
            }),
        }
    }

    /// Permission for a call, or the time after which a retry makes sense.
    pub(crate) fn admit(&self, now: Instant) -> Result<Ticket, Duration> {
        let mut state = self.state();
        match state.mode {
            Mode::Closed => Ok(Ticket::Normal),
            Mode::Open { until } if now < until => Err(until - now),
            Mode::Open { .. } => {
                state.mode = Mode::HalfOpen;
                Ok(Ticket::Probe)
            }
            Mode::HalfOpen => Err(self.settings.open_for),
        }
    }

    /// Records how a call ended.
    pub(crate) fn record(&self, ticket: Ticket, failed: bool, now: Instant) -> Change {
        let mut state = self.state();
        match (ticket, state.mode) {
            (Ticket::Normal, Mode::Closed) => {
                let second = (now - self.created).as_secs();
                if state.count(second, failed) && state.has_too_many_failures(&self.settings) {
                    state.open(now);
                    return Change::Opened;
                }
                Change::None
            }
            (Ticket::Probe, _) if failed => {
                state.pause = (state.pause * 2).min(self.settings.open_for * MAX_PAUSE_FACTOR);
                state.open(now);
                Change::None
            }
            (Ticket::Probe, _) => {
                state.mode = Mode::Closed;
                state.pause = self.settings.open_for;
                state.window = [Second::default(); WINDOW_SECONDS];
                Change::Closed
            }
            // The call was sent before the breaker opened.
            (Ticket::Normal, _) => Change::None,
        }
    }

    /// The call was dropped without an outcome; the next one may probe.
    pub(crate) fn abandon(&self, ticket: Ticket, now: Instant) {
        if ticket == Ticket::Probe {
            self.state().mode = Mode::Open { until: now };
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn open(&mut self, now: Instant) {
        self.mode = Mode::Open {
            until: now + self.pause,
        };
    }

    /// Counts a call in its second. Returns whether the totals have to be checked: only a failure can
    /// open the breaker.
    fn count(&mut self, second: u64, failed: bool) -> bool {
        let elapsed = second.saturating_sub(self.newest);
        let cleared = usize::try_from(elapsed)
            .unwrap_or(WINDOW_SECONDS)
            .min(WINDOW_SECONDS);
        for step in 1..=cleared {
            let slot = slot(self.newest.saturating_add(u64::try_from(step).unwrap_or(0)));
            self.window[slot] = Second::default();
        }
        if cleared == WINDOW_SECONDS {
            self.window = [Second::default(); WINDOW_SECONDS];
        }
        self.newest = self.newest.max(second);
        let current = &mut self.window[slot(second)];
        current.calls = current.calls.saturating_add(1);
        if failed {
            current.failures = current.failures.saturating_add(1);
        }
        failed
    }

    fn has_too_many_failures(&self, settings: &Settings) -> bool {
        let (mut calls, mut failures) = (0_u64, 0_u64);
        for second in &self.window {
            calls += u64::from(second.calls);
            failures += u64::from(second.failures);
        }
        calls >= u64::from(settings.min_calls)
            && failures * 100 >= calls * u64::from(settings.failure_percent)
    }
}

fn slot(second: u64) -> usize {
    usize::try_from(second).unwrap_or(0) % WINDOW_SECONDS
}

#[cfg(test)]
mod tests;

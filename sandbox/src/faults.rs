//! Fault injection: latency, failures, lost responses, declines, delayed and lost webhooks. Faults are part of the
//! stored state, so they survive a restart, and so does the time at which they end.

mod rng;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use rng::Rng;

/// Longest injected delay.
const MAX_DELAY_MS: u64 = 600_000;
/// Least extra delay of an event that the next one overtakes.
const REORDER_DELAY_MS: u64 = 500;

/// The kind of an API call. A fault may be limited to one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Operation {
    Create,
    Confirm,
    Capture,
    Cancel,
    Refund,
    Read,
}

/// Latency of every call that changes something, or of one operation.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Latency {
    /// Before acting; the idempotency key is in use during this time.
    pub(crate) before_ms: u64,
    /// Between the commit and the response.
    pub(crate) after_ms: u64,
    /// Limits the fault to this operation.
    pub(crate) operation: Option<Operation>,
}

/// What a call does before it fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    /// Nothing; the idempotency key stays unused, as when Stripe rejects a request under load.
    #[default]
    Refuse,
    /// Nothing; the failure is stored under the key and replayed.
    Store,
    /// It acts; the failure is stored under the key and replayed.
    Act,
}

/// Makes the next calls fail.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Failures {
    /// Number of calls.
    pub(crate) next: u32,
    /// HTTP status: 429 or 5xx.
    pub(crate) status: u16,
    /// Limits the fault to this operation.
    #[serde(default)]
    pub(crate) operation: Option<Operation>,
    #[serde(default)]
    pub(crate) mode: Mode,
}

/// Cuts the connection of the next calls.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Losses {
    /// Number of calls.
    pub(crate) next: u32,
    /// Limits the fault to this operation.
    #[serde(default)]
    pub(crate) operation: Option<Operation>,
    /// Whether the call acts before the connection is cut.
    #[serde(default = "acts_by_default")]
    pub(crate) acts: bool,
}

fn acts_by_default() -> bool {
    true
}

/// Random faults in every call, reads included.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Chaos {
    /// Fraction of the calls that fail, from 0 to 1.
    pub(crate) error_rate: f64,
    /// Fraction of the calls that lose their connection, before or after acting.
    pub(crate) lost_answer_rate: f64,
    /// Longest random delay before a call acts.
    pub(crate) latency_ms: u64,
    /// The same seed gives the same faults.
    pub(crate) seed: u64,
}

/// Faults of webhook deliveries.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Webhooks {
    /// Additional copies per event; the fractional part is a probability.
    pub(crate) duplicate: f64,
    /// Delay of every delivery.
    pub(crate) delay_ms: u64,
    /// Delays every second event, so that the next one overtakes it.
    pub(crate) reorder: bool,
    /// Fraction of the events that are never delivered, from 0 to 1.
    pub(crate) drop: f64,
}

/// The faults in force.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Faults {
    pub(crate) latency: Latency,
    pub(crate) fail: Option<Failures>,
    pub(crate) lose: Option<Losses>,
    pub(crate) chaos: Chaos,
    pub(crate) webhooks: Webhooks,
    /// Whether every new charge is declined, whatever the card.
    pub(crate) decline_all: bool,
    /// When all of them end; none means when a control ends them.
    pub(crate) until: Option<DateTime<Utc>>,
    /// Random numbers drawn since the seed was set.
    drawn: u64,
    /// Whether the last event was delayed so that the next one overtakes it.
    overtaken: bool,
}

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It returns this HTTP status.
    Fail(u16, Mode),
    /// The connection is cut and the call does not act.
    CutBefore,
    /// The call acts, then the connection is cut.
    CutAfter,
}

/// What is injected into one call.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Injection {
    pub(crate) before: Duration,
    pub(crate) after: Duration,
    pub(crate) fault: Option<Fault>,
}

impl Faults {
    /// Their id in the table of settings.
    pub(crate) const NAME: &'static str = "faults";

    /// The faults at this time: none after their end.
    pub(crate) fn at(self, now: DateTime<Utc>) -> Self {
        match self.until {
            Some(until) if until <= now => Self::default(),
            _ => self,
        }
    }

    /// Whether any fault may apply to a call.
    pub(crate) fn affects_calls(&self) -> bool {
        self.fail.is_some() || self.lose.is_some() || self.is_chaos() || self.is_slow()
    }

    fn is_chaos(&self) -> bool {
        let chaos = &self.chaos;
        chaos.error_rate > 0.0 || chaos.lost_answer_rate > 0.0 || chaos.latency_ms > 0
    }

    fn is_slow(&self) -> bool {
        self.latency.before_ms > 0 || self.latency.after_ms > 0
    }

    /// Starts random faults, from the first random number of the seed.
    pub(crate) fn start_chaos(&mut self, chaos: Chaos) {
        self.chaos = chaos;
        self.drawn = 0;
    }

    /// Chooses what is injected into a call, and consumes it.
    pub(crate) fn take(&mut self, operation: Operation) -> Injection {
        let mut injection = Injection::default();
        if applies(self.latency.operation, operation) {
            injection.before = Duration::from_millis(self.latency.before_ms.min(MAX_DELAY_MS));
            injection.after = Duration::from_millis(self.latency.after_ms.min(MAX_DELAY_MS));
        }
        if let Some(fail) = &mut self.fail
            && applies(fail.operation, operation)
            && consume(&mut fail.next)
        {
            injection.fault = Some(Fault::Fail(fail.status, fail.mode));
        } else if let Some(lose) = &mut self.lose
            && applies(lose.operation, operation)
            && consume(&mut lose.next)
        {
            injection.fault = Some(if lose.acts {
                Fault::CutAfter
            } else {
                Fault::CutBefore
            });
        } else if self.is_chaos() {
            self.add_chaos(operation, &mut injection);
        }
        injection
    }

    fn add_chaos(&mut self, operation: Operation, injection: &mut Injection) {
        let chaos = self.chaos.clone();
        let mut rng = Rng::new(chaos.seed, &mut self.drawn);
        injection.before +=
            Duration::from_millis(chaos.latency_ms.min(MAX_DELAY_MS)).mul_f64(rng.fraction());
        let chance = rng.fraction();
        if chance < chaos.error_rate {
            injection.fault = Some(match rng.below(4) {
                0 => Fault::Fail(503, Mode::Refuse),
                1 => Fault::Fail(429, Mode::Refuse),
                // A read has no key to store a failure under.
                _ if operation == Operation::Read => Fault::Fail(500, Mode::Refuse),
                2 => Fault::Fail(500, Mode::Store),
                _ => Fault::Fail(500, Mode::Act),
            });
        } else if chance < chaos.error_rate + chaos.lost_answer_rate {
            injection.fault = Some(match rng.below(2) {
                0 => Fault::CutBefore,
                _ => Fault::CutAfter,
            });
        }
    }

    /// The delay of each copy of the next event; empty if the event is dropped.
    pub(crate) fn deliveries(&mut self) -> Vec<TimeDelta> {
        let webhooks = self.webhooks.clone();
        let mut rng = Rng::new(self.chaos.seed, &mut self.drawn);
        if webhooks.drop > 0.0 && rng.fraction() < webhooks.drop {
            return Vec::new();
        }
        let mut delay = webhooks.delay_ms.min(MAX_DELAY_MS);
        if webhooks.reorder {
            self.overtaken = !self.overtaken;
            if self.overtaken {
                delay += delay.max(REORDER_DELAY_MS);
            }
        }
        let delay = TimeDelta::milliseconds(i64::try_from(delay).unwrap_or_default());
        let mut delays = vec![delay];
        let mut copies = webhooks.duplicate.min(10.0);
        while copies > 0.0 {
            if copies >= 1.0 || rng.fraction() < copies {
                delays.push(delay);
            }
            copies -= 1.0;
        }
        delays
    }

    /// Whether deliveries depend on state that [`Faults::deliveries`] changes.
    pub(crate) fn affects_deliveries(&self) -> bool {
        let webhooks = &self.webhooks;
        webhooks.drop > 0.0 || webhooks.duplicate > 0.0 || webhooks.reorder
    }
}

/// A fault without an operation does not apply to reads, so that tests can read while it is in force.
fn applies(only: Option<Operation>, operation: Operation) -> bool {
    match only {
        Some(only) => only == operation,
        None => operation != Operation::Read,
    }
}

fn consume(next: &mut u32) -> bool {
    let left = *next > 0;
    *next = next.saturating_sub(1);
    left
}

#[cfg(test)]
mod tests;

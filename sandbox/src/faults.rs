//! The harm that tests ask for: slowness, failures, answers that never arrive, webhooks that go
//! astray. Kept with everything else, so that it outlives the process too.

mod lots;

use std::time::Duration;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use lots::Lots;

/// No fault lasts longer.
const LONGEST_MS: u64 = 600_000;
/// How much later an event comes that another overtakes, unless deliveries are delayed more.
const OVERTAKEN_MS: u64 = 500;

/// What is asked of the provider; a fault may be bound to one of them.
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

/// Milliseconds added to every call that changes something.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Latency {
    /// Before acting. The idempotency key is in use meanwhile.
    pub(crate) before_ms: u64,
    /// Between acting and answering.
    pub(crate) after_ms: u64,
    /// Only for this operation.
    pub(crate) operation: Option<Operation>,
}

/// What a failing call does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    /// Nothing; its idempotency key stays free, as when Stripe is too busy to begin.
    #[default]
    Refuse,
    /// Nothing; the failure is the key's answer and is replayed.
    Store,
    /// It acts; the failure is the key's answer and is replayed.
    Act,
}

/// The next calls fail.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Failures {
    /// How many.
    pub(crate) next: u32,
    /// With which status: 429 or 5xx.
    pub(crate) status: u16,
    /// Only for this operation.
    #[serde(default)]
    pub(crate) operation: Option<Operation>,
    #[serde(default)]
    pub(crate) mode: Mode,
}

/// The connection of the next calls is cut.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Losses {
    /// How many.
    pub(crate) next: u32,
    /// Only for this operation.
    #[serde(default)]
    pub(crate) operation: Option<Operation>,
    /// After acting, instead of before.
    #[serde(default = "yes")]
    pub(crate) acts: bool,
}

fn yes() -> bool {
    true
}

/// Harm by chance, to every call, reads too.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Chaos {
    /// Which part of the calls fails, from 0 to 1.
    pub(crate) error_rate: f64,
    /// Which part loses its connection, before or after acting.
    pub(crate) lost_answer_rate: f64,
    /// Each call waits up to so long before it acts.
    pub(crate) latency_ms: u64,
    /// The same seed draws the same lots.
    pub(crate) seed: u64,
}

/// What becomes of the deliveries of events.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Webhooks {
    /// Further copies: 2 is two of each event, 0.3 one of every third or so.
    pub(crate) duplicate: f64,
    /// Each comes so much later.
    pub(crate) delay_ms: u64,
    /// Every second event overtakes the one before it.
    pub(crate) reorder: bool,
    /// Which part never comes, from 0 to 1.
    pub(crate) drop: f64,
}

/// Everything that was asked for and is not used up.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Faults {
    pub(crate) latency: Latency,
    pub(crate) fail: Option<Failures>,
    pub(crate) lose: Option<Losses>,
    pub(crate) chaos: Chaos,
    pub(crate) webhooks: Webhooks,
    /// How many lots were drawn.
    drawn: u64,
    /// Whether the last event was one that the next overtakes.
    overtaken: bool,
}

/// How a call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It fails with this status.
    Fail(u16, Mode),
    /// The connection is cut before anything happens.
    CutBefore,
    /// It acts, and the connection is cut.
    CutAfter,
}

/// The harm to one call.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Harm {
    pub(crate) before: Duration,
    pub(crate) after: Duration,
    pub(crate) fault: Option<Fault>,
}

impl Faults {
    /// Under which name they are kept.
    pub(crate) const NAME: &'static str = "faults";

    /// Whether a call may be harmed at all.
    pub(crate) fn harms_calls(&self) -> bool {
        self.fail.is_some() || self.lose.is_some() || self.is_chaos() || self.is_slow()
    }

    fn is_chaos(&self) -> bool {
        let chaos = &self.chaos;
        chaos.error_rate > 0.0 || chaos.lost_answer_rate > 0.0 || chaos.latency_ms > 0
    }

    fn is_slow(&self) -> bool {
        self.latency.before_ms > 0 || self.latency.after_ms > 0
    }

    /// Begins with chaos, from the first lot of its seed.
    pub(crate) fn unleash(&mut self, chaos: Chaos) {
        self.chaos = chaos;
        self.drawn = 0;
    }

    /// The harm to a call, which uses it up.
    pub(crate) fn take(&mut self, operation: Operation) -> Harm {
        let mut harm = Harm::default();
        if applies(self.latency.operation, operation) {
            harm.before = Duration::from_millis(self.latency.before_ms.min(LONGEST_MS));
            harm.after = Duration::from_millis(self.latency.after_ms.min(LONGEST_MS));
        }
        if let Some(fail) = &mut self.fail
            && applies(fail.operation, operation)
            && use_up(&mut fail.next)
        {
            harm.fault = Some(Fault::Fail(fail.status, fail.mode));
        } else if let Some(lose) = &mut self.lose
            && applies(lose.operation, operation)
            && use_up(&mut lose.next)
        {
            harm.fault = Some(if lose.acts {
                Fault::CutAfter
            } else {
                Fault::CutBefore
            });
        } else if self.is_chaos() {
            self.draw(operation, &mut harm);
        }
        harm
    }

    fn draw(&mut self, operation: Operation, harm: &mut Harm) {
        let chaos = self.chaos.clone();
        let mut lots = Lots::new(chaos.seed, &mut self.drawn);
        harm.before += Duration::from_millis(chaos.latency_ms.min(LONGEST_MS)).mul_f64(lots.draw());
        let lot = lots.draw();
        if lot < chaos.error_rate {
            harm.fault = Some(match lots.pick(4) {
                0 => Fault::Fail(503, Mode::Refuse),
                1 => Fault::Fail(429, Mode::Refuse),
                // A read has no key that could keep a failure.
                _ if operation == Operation::Read => Fault::Fail(500, Mode::Refuse),
                2 => Fault::Fail(500, Mode::Store),
                _ => Fault::Fail(500, Mode::Act),
            });
        } else if lot < chaos.error_rate + chaos.lost_answer_rate {
            harm.fault = Some(match lots.pick(2) {
                0 => Fault::CutBefore,
                _ => Fault::CutAfter,
            });
        }
    }

    /// How much later each copy of the next event is sent; none when it is dropped.
    pub(crate) fn deliveries(&mut self) -> Vec<TimeDelta> {
        let webhooks = self.webhooks.clone();
        let mut lots = Lots::new(self.chaos.seed, &mut self.drawn);
        if webhooks.drop > 0.0 && lots.draw() < webhooks.drop {
            return Vec::new();
        }
        let mut delay = webhooks.delay_ms.min(LONGEST_MS);
        if webhooks.reorder {
            self.overtaken = !self.overtaken;
            if self.overtaken {
                delay += delay.max(OVERTAKEN_MS);
            }
        }
        let delay = TimeDelta::milliseconds(i64::try_from(delay).unwrap_or_default());
        let mut delays = vec![delay];
        let mut copies = webhooks.duplicate.min(10.0);
        while copies > 0.0 {
            if copies >= 1.0 || lots.draw() < copies {
                delays.push(delay);
            }
            copies -= 1.0;
        }
        delays
    }

    /// Whether deliveries may go astray at all.
    pub(crate) fn misdelivers(&self) -> bool {
        let webhooks = &self.webhooks;
        webhooks.drop > 0.0 || webhooks.duplicate > 0.0 || webhooks.reorder
    }
}

/// A fault that is bound to no operation leaves reads alone: tests look while they harm.
fn applies(bound: Option<Operation>, operation: Operation) -> bool {
    match bound {
        Some(bound) => bound == operation,
        None => operation != Operation::Read,
    }
}

fn use_up(next: &mut u32) -> bool {
    let left = *next > 0;
    *next = next.saturating_sub(1);
    left
}

#[cfg(test)]
mod tests;

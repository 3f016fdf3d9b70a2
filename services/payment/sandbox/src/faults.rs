//! The harm that tests ask for: slowness, failures, answers that never arrive.

use std::time::Duration;

use serde::{Deserialize, Serialize};

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

/// The next calls fail without acting.
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
}

/// The next calls act, and then the connection is cut.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Losses {
    /// How many.
    pub(crate) next: u32,
    /// Only for this operation.
    #[serde(default)]
    pub(crate) operation: Option<Operation>,
}

/// Everything that was asked for and is not used up.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Faults {
    pub(crate) latency: Latency,
    pub(crate) fail: Option<Failures>,
    pub(crate) lose: Option<Losses>,
}

/// The harm to one call.
#[derive(Debug, Default)]
pub(crate) struct Harm {
    pub(crate) before: Duration,
    pub(crate) fail: Option<u16>,
    pub(crate) after: Duration,
    pub(crate) lose: bool,
}

impl Faults {
    /// The harm to a call, which uses it up.
    pub(crate) fn take(&mut self, operation: Operation) -> Harm {
        let mut harm = Harm::default();
        if applies(self.latency.operation, operation) {
            harm.before = Duration::from_millis(self.latency.before_ms);
            harm.after = Duration::from_millis(self.latency.after_ms);
        }
        if let Some(fail) = &mut self.fail
            && applies(fail.operation, operation)
            && use_up(&mut fail.next)
        {
            harm.fail = Some(fail.status);
        } else if let Some(lose) = &mut self.lose
            && applies(lose.operation, operation)
            && use_up(&mut lose.next)
        {
            harm.lose = true;
        }
        harm
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
mod tests {
    use super::*;

    #[test]
    fn failures_are_used_up_by_the_operation_they_are_bound_to() {
        let mut faults = Faults {
            fail: Some(Failures {
                next: 1,
                status: 503,
                operation: Some(Operation::Capture),
            }),
            ..Faults::default()
        };
        assert_eq!(faults.take(Operation::Create).fail, None);
        assert_eq!(faults.take(Operation::Capture).fail, Some(503));
        assert_eq!(faults.take(Operation::Capture).fail, None);
    }
}

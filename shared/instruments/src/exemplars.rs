//! Exemplars: the trace in which a value was measured. This crate does not depend on OpenTelemetry; the
//! process installs a function that returns the current trace id.

use std::fmt;
use std::sync::OnceLock;
use std::time::SystemTime;

use kernel::Clock;
use prometheus_client::encoding::{EncodeLabel, EncodeLabelSet, LabelSetEncoder};

static CURRENT: OnceLock<fn() -> Option<u128>> = OnceLock::new();

/// Installs the function that returns the id of the current trace, or `None` if the trace is not
/// recorded. Later calls have no effect; without a function there are no exemplars.
pub fn install(current_sampled_trace: fn() -> Option<u128>) {
    let _ = CURRENT.set(current_sampled_trace);
}

/// Whether the current trace is recorded. Work that is only for traces can be skipped otherwise.
pub fn is_recorded() -> bool {
    Trace::current().is_some()
}

/// The label `trace_id`, as 32 hex digits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trace(u128);

impl Trace {
    pub(crate) fn current() -> Option<Self> {
        CURRENT.get().and_then(|current| current()).map(Self)
    }

    /// From `00-<32 hex>-<16 hex>-<2 hex>`, if the flags say that the trace is recorded.
    pub(crate) fn of(traceparent: &str) -> Option<Self> {
        let mut parts = traceparent.split('-').skip(1);
        let id = u128::from_str_radix(parts.next()?, 16).ok()?;
        let flags = u8::from_str_radix(parts.nth(1)?, 16).ok()?;
        (flags & 1 == 1).then_some(Self(id))
    }
}

/// The time of an exemplar, by which Prometheus recognizes one that it already has.
pub(crate) fn now() -> SystemTime {
    Clock::system().now().into()
}

impl EncodeLabelSet for Trace {
    fn encode(&self, to: &mut LabelSetEncoder<'_>) -> fmt::Result {
        ("trace_id", format!("{:032x}", self.0)).encode(to.encode_label())
    }
}

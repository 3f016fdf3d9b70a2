use std::num::NonZeroU32;
use std::time::Duration;

use garde::Validate;
use serde::Deserialize;

const FOURTEEN: NonZeroU32 = NonZeroU32::new(14).unwrap();

/// Above every statement timeout of the server: a connection without a response by then is lost.
pub(crate) const LONGEST_STATEMENT: Duration = Duration::from_secs(20);

/// The `[outbox]` section of a service's configuration.
#[derive(Clone, Copy, Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct OutboxConfig {
    /// Days for which a handled message is recognized as a duplicate; at least 1.
    ///
    /// Must be longer than a copy of a handled message can be in flight. Retries end within minutes, and
    /// a dead letter was not handled, so a redrive does not depend on it. Only a message that was
    /// published twice, or whose acknowledgement was lost while it was moved, can be handled and also be
    /// a dead letter. If it is redriven after this time, the handler gets it again and must reject it.
    pub inbox_retention_days: NonZeroU32,
}

impl Default for OutboxConfig {
    fn default() -> Self {
        Self {
            inbox_retention_days: FOURTEEN,
        }
    }
}

impl OutboxConfig {
    pub(crate) fn inbox_retention_seconds(self) -> f64 {
        f64::from(self.inbox_retention_days.get()) * 24.0 * 3600.0
    }
}

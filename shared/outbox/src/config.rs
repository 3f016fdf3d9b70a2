//! What a service may say about its outbox and inbox.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::Deserialize;

const FOURTEEN: NonZeroU32 = NonZeroU32::new(14).unwrap();

/// Above every statement time-out of the server: a connection that has not answered by then is lost.
pub(crate) const LONGEST_STATEMENT: Duration = Duration::from_secs(20);

/// The `[outbox]` section of a service's configuration.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OutboxConfig {
    /// Days for which a handled message is known as a duplicate; at least 1.
    ///
    /// It must be longer than a copy of a handled message can be on its way. Retries end within
    /// minutes; a dead letter was not handled, so a redrive does not depend on it. Only a
    /// message that was published twice, or whose acknowledgement was lost while it was moved, can be
    /// handled and a dead letter at once: when such a letter is redriven after this time, the handler
    /// sees it again, and refuses what does not apply.
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

use chrono::{DateTime, Utc};
use contracts::operations::v1;

use super::convert::optional_time;

/// Faults of one replica of a service.
pub(crate) struct ConsumerFaults {
    /// Whether its configuration allows faults.
    pub(crate) allowed: bool,
    /// The queue of its consumer.
    pub(crate) queue: String,
    /// When the consumer resumes; none while it runs.
    pub(crate) paused_until: Option<DateTime<Utc>>,
}

impl From<v1::GetFaultsResponse> for ConsumerFaults {
    fn from(faults: v1::GetFaultsResponse) -> Self {
        Self {
            allowed: faults.allowed,
            queue: faults.queue,
            paused_until: optional_time(faults.paused_until),
        }
    }
}

use std::collections::HashMap;
use std::time::Duration;

use tonic::Status;
use tonic_types::StatusExt;

/// What a [`super::Reject`] says, read back from a status by its receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// The stable reason; empty when the status came without details (a proxy, another library).
    pub reason: String,
    /// The message for people.
    pub message: String,
    /// Field and what is wrong with it.
    pub fields: Vec<(String, String)>,
    /// Machine-readable details.
    pub metadata: HashMap<String, String>,
    /// When it makes sense to try again.
    pub retry_after: Option<Duration>,
}

impl Details {
    /// Reads the details of a status. Broken details are treated as absent.
    #[must_use]
    pub fn from_status(status: &Status) -> Self {
        let details = status.get_error_details();
        let (reason, metadata) = details
            .error_info()
            .map(|info| (info.reason.clone(), info.metadata.clone()))
            .unwrap_or_default();
        let fields = details.bad_request().map_or_else(Vec::new, |bad| {
            bad.field_violations
                .iter()
                .map(|violation| (violation.field.clone(), violation.description.clone()))
                .collect()
        });
        Self {
            reason,
            message: status.message().to_owned(),
            fields,
            metadata,
            retry_after: details.retry_info().and_then(|info| info.retry_delay),
        }
    }
}

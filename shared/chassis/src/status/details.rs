use std::collections::HashMap;
use std::time::Duration;

use tonic::Status;
use tonic_types::StatusExt;

/// The contents of a [`super::Reject`], as the receiver of a status reads them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// The stable reason; empty if the status has no details (from a proxy or another library).
    pub reason: String,
    /// The message for people.
    pub message: String,
    /// Each invalid field with its problem.
    pub fields: Vec<(String, String)>,
    /// Machine-readable details.
    pub metadata: HashMap<String, String>,
    /// The time after which a retry makes sense.
    pub retry_after: Option<Duration>,
}

impl Details {
    /// Reads the details of a status. Malformed details are treated as absent.
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

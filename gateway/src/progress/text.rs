//! Events as text: fields, then an empty line.

use std::time::Duration;

use serde::Serialize;

use crate::model::{OrderEnd, TimelineEntry};

/// A comment, so that both ends notice a broken connection.
pub(super) const HEARTBEAT: &str = ": heartbeat\n\n";

/// An entry of the timeline, as the API sends it.
pub(crate) fn entry(entry: &TimelineEntry) -> String {
    let (position, kind) = (entry.position, &entry.kind);
    format!("id: {position}\nevent: {kind}\ndata: {}\n\n", json(entry))
}

/// The last event. It has no id, so a client that connects again sends the id of the last entry.
pub(super) fn end(end: &OrderEnd) -> String {
    format!("event: end\ndata: {}\n\n", json(end))
}

/// The time after which the client connects again.
pub(super) fn retry(after: Duration) -> String {
    format!("retry: {}\n\n", after.as_millis())
}

/// JSON in one line. Writing plain data does not fail.
fn json(data: &impl Serialize) -> String {
    serde_json::to_string(data).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::OrderStatus;

    #[test]
    fn events_are_fields_and_an_empty_line() {
        let two_lines = TimelineEntry {
            position: 3,
            at: chrono::DateTime::UNIX_EPOCH,
            service: "catalog".to_owned(),
            kind: "stock_refused".to_owned(),
            message: "Not enough stock:\nTEA".to_owned(),
        };
        assert_eq!(
            entry(&two_lines),
            "id: 3\nevent: stock_refused\ndata: {\"position\":3,\"at\":\"1970-01-01T00:00:00Z\",\
             \"service\":\"catalog\",\"kind\":\"stock_refused\",\"message\":\"Not enough stock:\\nTEA\"}\n\n"
        );
        let rejected = OrderEnd {
            status: OrderStatus::Rejected,
        };
        assert_eq!(
            end(&rejected),
            "event: end\ndata: {\"status\":\"rejected\"}\n\n"
        );
        assert_eq!(retry(Duration::from_secs(2)), "retry: 2000\n\n");
    }
}

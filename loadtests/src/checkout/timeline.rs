use std::time::Duration;

use chrono::DateTime;
use goose::prelude::{GooseUser, TransactionResult};
use serde_json::Value;

use super::failure;
use crate::fixture::Fixture;
use crate::request::{ApiRequest, send};

const PATH: &str = "/api/v1/orders/{id}/timeline";
/// In the report, the time of an order by the shop's own timeline.
const TIMELINE: &str = "TIMELINE";

/// Records how long the order took by its timeline.
pub(super) async fn record(
    user: &mut GooseUser,
    fixture: &Fixture,
    token: &str,
    order: &str,
    status: &str,
) -> TransactionResult {
    let request = ApiRequest::get(PATH, format!("/api/v1/orders/{order}/timeline"));
    let timeline = send(user, fixture, request.token(token)).await?;
    let Some(time) = between(&timeline.body, "placed", status) else {
        return failure(user, fixture, status, "incomplete timeline").await;
    };
    let name = format!("placed to {status}");
    user.record_custom_request_duration(TIMELINE, &name, time, true, None, None)
        .await
}

/// The time between two entries.
fn between(timeline: &Value, from: &str, to: &str) -> Option<Duration> {
    let entries = timeline.get("items")?.as_array()?;
    let at = |kind: &str| {
        let entry = entries.iter().find(|entry| entry["kind"] == kind)?;
        DateTime::parse_from_rfc3339(entry.get("at")?.as_str()?).ok()
    };
    (at(to)? - at(from)?).to_std().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_time_of_an_order_is_between_two_timeline_entries() {
        let timeline = json!({"items": [
            {"at": "2026-11-23T03:00:00.100Z", "kind": "placed"},
            {"at": "2026-11-23T03:00:00.150Z", "kind": "stock_reserved"},
            {"at": "2026-11-23T03:00:00.225Z", "kind": "confirmed"},
        ]});
        let time = |to| between(&timeline, "placed", to);
        assert_eq!(time("confirmed"), Some(Duration::from_millis(125)));
        assert_eq!(time("rejected"), None);
        assert_eq!(between(&json!({}), "placed", "confirmed"), None);
    }
}

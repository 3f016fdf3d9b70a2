use chrono::{DateTime, Utc};
use contracts::order::v1;
use serde::Serialize;
use utoipa::ToSchema;

use super::convert::{convert_all, time};
use crate::edge::problem::Problem;

/// An event of an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct TimelineEntry {
    /// Time of the event.
    pub(crate) at: DateTime<Utc>,
    /// The service that caused it.
    #[schema(example = "catalog")]
    pub(crate) service: String,
    /// The kind of event.
    #[schema(example = "stock_reserved")]
    pub(crate) kind: String,
    /// Description for people.
    #[schema(example = "Stock reserved for 2 lines")]
    pub(crate) message: String,
}

/// The events of an order so far.
#[derive(Serialize, ToSchema)]
pub(crate) struct Timeline {
    /// Oldest first, at most 200.
    #[serde(rename = "items")]
    pub(crate) entries: Vec<TimelineEntry>,
}

impl TryFrom<v1::TimelineEntry> for TimelineEntry {
    type Error = Problem;

    fn try_from(entry: v1::TimelineEntry) -> Result<Self, Problem> {
        Ok(Self {
            at: time(entry.at, "TimelineEntry.at")?,
            service: entry.service,
            kind: entry.kind,
            message: entry.message,
        })
    }
}

impl TryFrom<v1::GetTimelineResponse> for Timeline {
    type Error = Problem;

    fn try_from(reply: v1::GetTimelineResponse) -> Result<Self, Problem> {
        Ok(Self {
            entries: convert_all(reply.entries)?,
        })
    }
}

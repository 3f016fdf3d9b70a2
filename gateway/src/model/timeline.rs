use chrono::{DateTime, Utc};
use contracts::order::v1;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    convert::{convert_all, time},
    order::{OrderStatus, status},
};
use crate::edge::problem::Problem;

/// An event of an order.
#[derive(Serialize, ToSchema)]
pub(crate) struct TimelineEntry {
    /// Its place in the timeline, from 1.
    #[schema(example = 2)]
    pub(crate) position: u32,
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

/// What has happened to an order since a position of its timeline.
pub(crate) struct OrderProgress {
    /// The status; absent while `order` is an earlier version.
    pub(crate) status: Option<OrderStatus>,
    /// Oldest first.
    pub(crate) entries: Vec<TimelineEntry>,
}

/// The last event of a stream.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderEnd {
    /// The status in which the order ended.
    pub(crate) status: OrderStatus,
}

impl OrderProgress {
    /// How the order ended, if it has.
    pub(crate) fn end(&self) -> Option<OrderEnd> {
        let status = self.status?;
        let is_final = match status {
            OrderStatus::Rejected | OrderStatus::Cancelled | OrderStatus::Delivered => true,
            OrderStatus::Pending | OrderStatus::Confirmed | OrderStatus::Shipped => false,
        };
        is_final.then_some(OrderEnd { status })
    }
}

impl TryFrom<v1::GetTimelineResponse> for OrderProgress {
    type Error = Problem;

    fn try_from(reply: v1::GetTimelineResponse) -> Result<Self, Problem> {
        Ok(Self {
            status: status(reply.status()),
            entries: convert_all(reply.entries)?,
        })
    }
}

impl TryFrom<v1::TimelineEntry> for TimelineEntry {
    type Error = Problem;

    fn try_from(entry: v1::TimelineEntry) -> Result<Self, Problem> {
        Ok(Self {
            position: entry.position,
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

//! The messages of an order as a sequence diagram, for staff.
//!
//! entries of the timeline, saga and spans → rows in phases (`sequence`) → places (`layout`) → the templates in
//! `templates/staff/timeline`. Only `page` reads anything.
//! The diagram is an image of the list that follows it: small screens, screen readers and browsers without style sheets
//! get the list.

use askama::Template;
use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::model::{Money, OrderStatus, Saga, TimelineEntry};

mod duration;
mod headline;
mod lane;
mod layout;
pub(crate) mod page;
mod row;
mod sequence;
mod shares;
mod span;
mod step;
mod view;
mod waiting;

#[cfg(test)]
mod tests;

use layout::Mark;
use row::Row;
use span::Span;
use view::View;

pub(crate) use page::Source;

/// What is known of an order.
#[derive(Clone, Copy)]
struct Input<'a> {
    /// The order.
    id: Uuid,
    /// Its status.
    status: OrderStatus,
    /// The amount to pay.
    total: &'a Money,
    /// The timeline, oldest first.
    entries: &'a [TimelineEntry],
    /// Where it waits; `None` if the member may not read it, or if it cannot be read.
    saga: Option<&'a Saga>,
    /// Why the saga is not known, if that is an error: the last segment of the type of a problem.
    missing: Option<&'a str>,
    /// The provider's code of a declined payment, for staff.
    decline_code: Option<&'a str>,
    /// The spans of its trace; empty if they are not kept any more, or cannot be read.
    spans: &'a [Span],
    /// Pages with more about the order: text and path.
    links: &'a [(&'static str, String)],
    /// The time of the page.
    now: DateTime<Utc>,
}

/// The diagram as a part of the staff's page of an order; `{{ diagram|safe }}`.
#[derive(Template)]
#[template(path = "staff/timeline/section.html")]
pub(crate) struct Section {
    view: View,
}

/// The diagram alone, as a document for the script.
#[derive(Template)]
#[template(path = "staff/timeline/fragment.html")]
struct Fragment {
    view: View,
}

/// `14:03:22`, in UTC.
fn clock(at: DateTime<Utc>) -> String {
    at.format("%H:%M:%S").to_string()
}

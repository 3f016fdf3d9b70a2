//! An order's way through the system as a sequence diagram, for staff.
//!
//! entries of the timeline, saga and spans → rows in phases (`story`) → places (`layout`) → the templates in
//! `templates/staff/timeline`. Everything here is pure but the last step; the page of an order reads what it needs.
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
mod row;
mod span;
mod step;
mod story;
mod view;
mod waiting;

#[cfg(test)]
mod tests;

pub(crate) use span::{Span, SpanKind};
use layout::Mark;
use row::Row;
use view::View;

/// What is known of an order.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a> {
    /// The order.
    pub(crate) id: Uuid,
    /// Its status.
    pub(crate) status: OrderStatus,
    /// The amount to pay.
    pub(crate) total: &'a Money,
    /// The timeline, oldest first.
    pub(crate) entries: &'a [TimelineEntry],
    /// Where it waits; `None` if that cannot be read.
    pub(crate) saga: Option<&'a Saga>,
    /// The provider's code of a declined payment, for staff.
    pub(crate) decline_code: Option<&'a str>,
    /// The spans of its trace; empty if they are not kept any more, or cannot be read.
    pub(crate) spans: &'a [Span],
    /// Pages with more about the order: text and path.
    pub(crate) links: &'a [(&'static str, String)],
    /// The time of the page.
    pub(crate) now: DateTime<Utc>,
}

/// The diagram as a part of the staff's page of an order; `{{ section|safe }}`.
#[derive(Template)]
#[template(path = "staff/timeline/section.html")]
pub(crate) struct Section {
    view: View,
}

/// The diagram alone, which the script of the page puts in the place of an older one.
#[derive(Template)]
#[template(path = "staff/timeline/fragment.html")]
pub(crate) struct Fragment {
    view: View,
}

/// The part of the page of an order.
pub(crate) fn section(input: &Input<'_>) -> Section {
    Section {
        view: View::of(input),
    }
}

/// What the script of the page loads.
pub(crate) fn fragment(input: &Input<'_>) -> Fragment {
    Fragment {
        view: View::of(input),
    }
}

/// `14:03:22`, in UTC.
fn clock(at: DateTime<Utc>) -> String {
    at.format("%H:%M:%S").to_string()
}

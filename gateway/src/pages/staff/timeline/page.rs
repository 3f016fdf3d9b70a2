//! Reads what the diagram needs, for the page of an order and for its script.

use chrono::{DateTime, Utc};
use futures_util::future::join;
use kernel::{Clock, Group, OrderId};

use super::{Fragment, Input, Section, Span, view::View};
use crate::{
    model::{OrderPage, Saga},
    pages::{Answer, page, staff::member::Member},
    rest::{order_page, request::Segment},
};

/// What the diagram shows beyond the page of the order, as far as the member may read it.
pub(crate) struct Source {
    saga: Option<Saga>,
    /// Why the saga could not be read.
    missing: Option<String>,
    spans: Vec<Span>,
    links: Vec<(&'static str, String)>,
    now: DateTime<Utc>,
}

impl Source {
    /// Reads it. The page is shown without what cannot be read.
    pub(crate) async fn read(member: &Member, id: OrderId) -> Self {
        let mut links = Vec::new();
        let (mut saga, mut missing) = (None, None);
        if member.is_in(&[Group::Support, Group::Admin]) {
            links.push(("Saga", format!("/staff/system/sagas/{id}")));
            match member.upstreams().saga().get(id).await {
                Ok(read) => saga = Some(read),
                Err(problem) => missing = Some(problem.kind().slug()),
            }
        }
        if member.is_in(&[Group::Admin]) {
            links.push(("Dead letters", "/staff/system/dead-letters".to_owned()));
        }
        Self {
            saga,
            missing,
            spans: Vec::new(),
            links,
            now: Clock::system().now(),
        }
    }

    /// The part of the page of an order.
    pub(crate) fn section(&self, page: &OrderPage) -> Section {
        Section {
            view: self.view(page),
        }
    }

    fn view(&self, page: &OrderPage) -> View {
        let payment = page.payment.as_ref();
        View::of(&Input {
            id: page.order.id,
            status: page.order.status,
            total: &page.order.totals.total,
            entries: page.timeline.as_deref().unwrap_or_default(),
            saga: self.saga.as_ref(),
            missing: self.missing.as_deref(),
            decline_code: payment.and_then(|payment| payment.decline_code.as_deref()),
            spans: &self.spans,
            links: &self.links,
            now: self.now,
        })
    }
}

/// The diagram alone: the script of the page puts it in the place of an older one.
pub(crate) async fn show(member: Member, Segment(id): Segment<OrderId>) -> Answer {
    let read = Box::pin(order_page::read(member.upstreams(), id));
    let (source, read) = join(Source::read(&member, id), read).await;
    page(&Fragment {
        view: source.view(&read?),
    })
}

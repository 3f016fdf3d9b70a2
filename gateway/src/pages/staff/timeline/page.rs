//! Reads what the diagram needs, for the page of an order and for its script.

use std::time::Duration;

use actix_web::web::Data;
use chrono::{DateTime, Utc};
use futures_util::future::join;
use kernel::{Clock, Group, OrderId};

use super::{Fragment, Input, Section, Span, view::View};
use crate::{
    model::{OrderPage, Saga},
    pages::{Answer, page, staff::member::Member},
    rest::{order_page, request::Segment},
    system::System,
};

/// Time for each of saga and spans. The page does not wait longer for them.
const TIMEOUT: Duration = Duration::from_secs(2);

/// What the diagram shows beyond the page of the order, as far as the member may read it.
pub(crate) struct Source {
    saga: Option<Saga>,
    /// Why the saga or the spans could not be read.
    missing: Option<String>,
    spans: Vec<Span>,
    links: Vec<(&'static str, String)>,
    now: DateTime<Utc>,
}

impl Source {
    /// Reads it. The page is shown without what cannot be read.
    pub(crate) async fn read(member: &Member, system: &System, id: OrderId) -> Self {
        let mut links = Vec::new();
        let (mut saga, mut missing) = (None, None);
        let limited = member.upstreams().within(TIMEOUT);
        if member.is_in(&[Group::Support, Group::Admin]) {
            links.push(("Saga", format!("/staff/system/sagas/{id}")));
            match limited.saga().get(id).await {
                Ok(read) => saga = Some(read),
                Err(problem) => missing = Some(problem.kind().slug()),
            }
        }
        let trace = saga
            .as_ref()
            .and_then(|saga: &Saga| saga.trace_id.as_deref());
        let mut spans = Vec::new();
        if let Some(trace) = trace {
            links.push(("Trace", format!("/staff/system/traces/{trace}")));
            match system.trace(&limited, trace).await {
                Ok(read) => spans = read.iter().map(Span::from).collect(),
                Err(problem) => missing = Some(problem.kind().slug()),
            }
        }
        if member.is_in(&[Group::Admin]) {
            links.push(("Dead letters", "/staff/system/dead-letters".to_owned()));
        }
        Self {
            saga,
            missing,
            spans,
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
pub(crate) async fn show(
    member: Member,
    system: Data<System>,
    Segment(id): Segment<OrderId>,
) -> Answer {
    let read = Box::pin(order_page::read(member.upstreams(), id));
    let (source, read) = join(Source::read(&member, &system, id), read).await;
    page(&Fragment {
        view: source.view(&read?),
    })
}

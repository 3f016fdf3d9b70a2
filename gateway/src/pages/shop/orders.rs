//! The customer's orders.

use askama::Template;
use futures_util::future::join;
use url::form_urlencoded;

use super::order::summary;
use crate::{
    model::{OrderFilter, OrderStatus, OrderSummary},
    pages::{Answer, filters, layout::Layout, page, visitor::Visitor},
    rest::request::Query,
};

#[derive(Template)]
#[template(path = "shop/orders.html")]
struct OrdersPage {
    layout: Layout,
    orders: Vec<Row>,
    /// Name, text and whether it is chosen, of each filter.
    filters: Vec<(&'static str, &'static str, bool)>,
    is_first: bool,
    is_filtered: bool,
    next: Option<String>,
}

/// An order of the list.
struct Row {
    order: OrderSummary,
    number: String,
    label: &'static str,
    class: &'static str,
}

impl From<OrderSummary> for Row {
    fn from(order: OrderSummary) -> Self {
        let (label, class) = summary::label(order.status, order.in_progress, order.action_required);
        Self {
            number: order.number_or_id(),
            label,
            class,
            order,
        }
    }
}

/// Lists the visitor's orders, newest first.
pub(crate) async fn list(visitor: Visitor, mut query: Query) -> Answer {
    let status = query.choice("status", &OrderStatus::NAMES);
    let wanted = query.page();
    let is_first = wanted.token.is_none();
    let filter = OrderFilter {
        status,
        all_customers: false,
        number: None,
        since: None,
        until: None,
        customer_id: None,
    };
    let listed = visitor.upstreams().order().list(filter, wanted);
    let (layout, listed) = join(visitor.layout(), listed).await;
    let listed = listed?;
    let name = OrderStatus::NAMES
        .iter()
        .find(|(_, known)| Some(*known) == status)
        .map_or("", |(name, _)| *name);
    page(&OrdersPage {
        layout: layout?,
        next: listed.next_page_token.map(|token| next(name, &token)),
        orders: listed.orders.into_iter().map(Row::from).collect(),
        filters: filters_of(name),
        is_filtered: status.is_some(),
        is_first,
    })
}

fn filters_of(chosen: &str) -> Vec<(&'static str, &'static str, bool)> {
    let all = std::iter::once(("", "All", chosen.is_empty()));
    let each = OrderStatus::NAMES.iter().map(|(name, status)| {
        let (label, _) = summary::label(*status, false, false);
        (*name, label, *name == chosen)
    });
    all.chain(each).collect()
}

fn next(status: &str, token: &str) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if !status.is_empty() {
        query.append_pair("status", status);
    }
    query.append_pair("page_token", token);
    format!("/orders?{}", query.finish())
}

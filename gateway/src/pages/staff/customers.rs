//! The accounts of customers: found by the beginning of their e-mail address, and each with its orders.

use askama::Template;
use futures_util::future::join;
use kernel::UserId;

use super::{layout::Layout, member::Member, orders};
use crate::{
    model::{Customer, CustomerDetails, OrderFilter, PageRequest},
    pages::{Answer, field_errors::FieldErrors, filters, notice, page, page_with},
    rest::request::{Query, Segment},
};

/// Orders on the page of a customer.
const ORDERS_SHOWN: u32 = 20;

#[derive(Template)]
#[template(path = "staff/customers.html")]
struct CustomersPage {
    layout: Layout,
    errors: FieldErrors,
    /// The beginning of the address, as it was typed.
    email: String,
    customers: Vec<Customer>,
    next: Option<String>,
    is_first: bool,
}

#[derive(Template)]
#[template(path = "staff/customer.html")]
struct CustomerPage {
    layout: Layout,
    read: CustomerDetails,
    /// Their newest orders; `None` if they could not be read.
    rows: Option<Vec<orders::Row>>,
    has_more: bool,
}

/// Lists customers, newest first.
pub(crate) async fn list(member: Member, mut query: Query) -> Answer {
    let wanted = query.page();
    let is_first = wanted.token.is_none();
    let email = query.text("email");
    let links = notice::finish(query)?;
    let typed = email.clone().unwrap_or_default();
    let listed = member.upstreams().customer().list(email, wanted).await;
    let labels = [("email", "The e-mail address")];
    let (listed, errors) = FieldErrors::of_list(listed, &labels)?;
    let shown = CustomersPage {
        layout: member.layout()?,
        errors,
        email: typed,
        next: listed.next_page_token.map(|token| links.url(Some(&token))),
        customers: listed.customers,
        is_first,
    };
    page_with(&shown.errors, &shown)
}

/// Shows a customer, with their newest orders.
pub(crate) async fn show(member: Member, Segment(id): Segment<UserId>) -> Answer {
    let upstreams = member.upstreams();
    let filter = OrderFilter {
        status: None,
        all_customers: true,
        number: None,
        since: None,
        until: None,
        customer_id: Some(id.as_uuid()),
    };
    let newest = PageRequest {
        size: ORDERS_SHOWN,
        token: None,
    };
    let orders = upstreams.order().list(filter, newest);
    let (read, orders) = join(upstreams.customer().get(id), orders).await;
    let orders = match orders {
        // The account can be shown without them.
        Err(problem) if problem.kind().status >= 500 => None,
        read => Some(read?),
    };
    let more = orders
        .as_ref()
        .and_then(|orders| orders.next_page_token.as_ref());
    page(&CustomerPage {
        layout: member.layout()?,
        read: read?,
        has_more: more.is_some(),
        rows: orders.map(|orders| orders.orders.into_iter().map(Into::into).collect()),
    })
}

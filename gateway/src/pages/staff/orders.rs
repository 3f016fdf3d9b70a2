//! The orders of all customers: by number, e-mail address, date and status.

use askama::Template;
use chrono::NaiveDate;
use kernel::Group;

use super::{day, layout::Layout, member::Member, order::status_label};
use crate::{
    edge::problem::Problem,
    model::{OrderFilter, OrderStatus, OrderSummary, Orders, PageRequest},
    pages::{Answer, field_errors::FieldErrors, filters, notice, page_with},
    rest::request::Query,
};

#[derive(Template)]
#[template(path = "staff/orders.html")]
struct OrdersPage {
    layout: Layout,
    errors: FieldErrors,
    /// Whether the member may find an account by its address.
    can_find_customers: bool,
    typed: Typed,
    rows: Vec<Row>,
    next: Option<String>,
    is_first: bool,
}

/// The parameters of the services that are fields of the filter.
const LABELS: [(&str, &str); 4] = [
    ("number", "The number"),
    ("email", "The e-mail address"),
    ("since", "The first day"),
    ("until", "The last day"),
];

/// The filter as it was typed.
struct Typed {
    number: String,
    email: String,
    since: Option<NaiveDate>,
    until: Option<NaiveDate>,
    status: &'static str,
}

impl Typed {
    fn is_empty(&self) -> bool {
        let texts = [&self.number, &self.email];
        texts.iter().all(|text| text.is_empty())
            && self.status.is_empty()
            && self.since.is_none()
            && self.until.is_none()
    }

    /// Name, text and whether it is chosen, of each status.
    fn statuses(&self) -> Vec<(&'static str, &'static str, bool)> {
        let each = OrderStatus::NAMES.iter();
        let each = each.map(|(name, status)| {
            let (label, _) = status_label(*status, false, false);
            (*name, label, *name == self.status)
        });
        each.collect()
    }
}

/// An order of a list: `templates/staff/parts/orders_table.html`.
pub(super) struct Row {
    pub(super) order: OrderSummary,
    pub(super) number: String,
    pub(super) label: &'static str,
    pub(super) class: &'static str,
}

impl From<OrderSummary> for Row {
    fn from(order: OrderSummary) -> Self {
        let (label, class) = status_label(order.status, order.in_progress, order.action_required);
        Self {
            number: order.number_or_id(),
            label,
            class,
            order,
        }
    }
}

/// Lists orders, newest first.
pub(crate) async fn list(member: Member, mut query: Query) -> Answer {
    let wanted = query.page();
    let is_first = wanted.token.is_none();
    let status = query.choice("status", &OrderStatus::NAMES);
    let mut names = OrderStatus::NAMES.iter();
    let name = names.find(|(_, known)| Some(*known) == status);
    let typed = Typed {
        number: query.text("number").unwrap_or_default(),
        email: query.text("email").unwrap_or_default(),
        since: query.parsed("since", day::EXPECTED),
        until: query.parsed("until", day::EXPECTED),
        status: name.map_or("", |(name, _)| *name),
    };
    let links = notice::finish(query)?;
    let filter = OrderFilter {
        status,
        all_customers: true,
        number: Some(typed.number.clone()).filter(|number| !number.is_empty()),
        since: typed.since.map(day::start),
        until: typed.until.and_then(day::end),
        customer_id: None,
    };
    let found = find(&member, &typed, filter, wanted).await;
    let (listed, errors) = FieldErrors::of_list(found, &LABELS)?;
    let shown = OrdersPage {
        layout: member.layout()?,
        errors,
        can_find_customers: member.is_in(&[Group::Support, Group::Finance]),
        typed,
        next: listed.next_page_token.map(|token| links.url(Some(&token))),
        rows: listed.orders.into_iter().map(Row::from).collect(),
        is_first,
    };
    page_with(&shown.errors, &shown)
}

/// The orders that match, of the account with the e-mail address if one is typed.
async fn find(
    member: &Member,
    typed: &Typed,
    mut filter: OrderFilter,
    wanted: PageRequest,
) -> Result<Orders, Problem> {
    if !typed.email.is_empty() {
        let user = member.upstreams().user();
        let found = user.find_account(typed.email.clone()).await?;
        if found.is_none() {
            return Ok(Orders::default());
        }
        filter.customer_id = found;
    }
    member.upstreams().order().list(filter, wanted).await
}

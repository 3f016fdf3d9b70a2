//! An order: everything about it, and what the member's groups may do with it.

use actix_web::web::Data;
use askama::Template;
use futures_util::future::join;
use kernel::{Group, OrderId};

use super::{
    layout::Layout,
    member::Member,
    timeline::{Section, Source},
    words,
};
use crate::{
    edge::problem::{Problem, reasons},
    model::{self, OrderPart, OrderStatus, Shipment},
    pages::{
        Answer, address::country_name, field_errors::FieldErrors, filters, form::Form, invalid,
        notice, page, see_other,
    },
    rest::{order_page, request::Segment},
    system::System,
};

pub(super) mod refund;

#[derive(Template)]
#[template(path = "staff/order.html")]
struct OrderPage {
    layout: Layout,
    errors: FieldErrors,
    id: OrderId,
    number: String,
    label: &'static str,
    class: &'static str,
    country: &'static str,
    read: model::OrderPage,
    diagram: Section,
    /// Where the page's script follows the order; `None` when it has ended.
    events: Option<String>,
    actions: Actions,
    /// Whether the member may open the customer's page.
    sees_customer: bool,
    /// Whether the member may read payments.
    sees_payment: bool,
    /// The tracking number as it was typed.
    tracking_number: String,
}

/// What the member may do with the order as it is.
#[derive(Debug, Default, PartialEq, Eq)]
struct Actions {
    ship: bool,
    deliver: bool,
    cancel: bool,
    refund: bool,
    saga: bool,
}

impl Actions {
    fn of(member: &Member, order: &model::Order) -> Self {
        use OrderStatus as Status;
        let is_idle = !order.in_progress;
        let status = order.status;
        Self {
            ship: member.is_in(&[Group::Warehouse]) && status == Status::Confirmed && is_idle,
            deliver: member.is_in(&[Group::Warehouse]) && status == Status::Shipped,
            cancel: member.is_in(&[Group::Support])
                && matches!(status, Status::Pending | Status::Confirmed)
                && is_idle,
            refund: member.is_in(&[Group::Finance])
                && matches!(status, Status::Shipped | Status::Delivered),
            saga: member.is_in(&[Group::Support, Group::Admin])
                && (status == Status::Pending || order.in_progress),
        }
    }

    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl OrderPage {
    fn is_missing(&self, part: OrderPart) -> bool {
        self.read.partial.iter().any(|missing| missing.part == part)
    }
}

/// The label of a status, and its class in style sheets.
pub(super) const fn status_label(
    status: OrderStatus,
    is_changing: bool,
    action_required: bool,
) -> (&'static str, &'static str) {
    match status {
        OrderStatus::Pending if action_required => ("Waits for the customer", "action"),
        OrderStatus::Pending => ("Pending", "pending"),
        OrderStatus::Confirmed if is_changing => ("Being changed", "pending"),
        OrderStatus::Confirmed => ("Confirmed", "confirmed"),
        OrderStatus::Rejected => ("Rejected", "rejected"),
        OrderStatus::Cancelled => ("Canceled", "cancelled"),
        OrderStatus::Shipped => ("Shipped", "shipped"),
        OrderStatus::Delivered => ("Delivered", "delivered"),
    }
}

fn path(id: OrderId) -> String {
    format!("/staff/orders/{id}")
}

/// Shows an order.
pub(crate) async fn show(
    member: Member,
    system: Data<System>,
    Segment(id): Segment<OrderId>,
) -> Answer {
    let shown = read(&member, &system, id, FieldErrors::default(), String::new()).await?;
    page(&shown)
}

async fn read(
    member: &Member,
    system: &System,
    id: OrderId,
    errors: FieldErrors,
    tracking_number: String,
) -> Result<OrderPage, Problem> {
    let read = Box::pin(order_page::read(member.upstreams(), id));
    let (source, read) = join(Source::read(member, system, id), read).await;
    let mut read = read?;
    let sees_payment = member.is_in(&[Group::Support, Group::Finance]);
    // What the member may not read is not missing.
    read.partial
        .retain(|missing| sees_payment || missing.part != OrderPart::Payment);
    let order = &read.order;
    let (label, class) = status_label(order.status, order.in_progress, order.next_action.is_some());
    let is_over = matches!(
        order.status,
        OrderStatus::Rejected | OrderStatus::Cancelled | OrderStatus::Delivered
    );
    let entries = read.timeline.as_deref().unwrap_or_default();
    let last = entries.last().map_or(0, |entry| entry.position);
    Ok(OrderPage {
        layout: member.layout()?,
        errors,
        id,
        number: order.number_or_id(),
        label,
        class,
        country: country_name(&order.shipping_address.country),
        events: (!is_over).then(|| format!("{}/events?after={last}", path(id))),
        actions: Actions::of(member, order),
        sees_customer: member.is_in(&[Group::Support, Group::Finance]),
        sees_payment,
        tracking_number,
        diagram: source.section(&read),
        read,
    })
}

/// Ships an order: captures its payment, and hands it to the carrier.
pub(crate) async fn ship(
    member: Member,
    system: Data<System>,
    Segment(id): Segment<OrderId>,
    form: Form,
) -> Answer {
    let tracking_number = form.text("tracking_number");
    let shipment = Shipment {
        tracking_number: tracking_number.clone(),
    };
    match member.upstreams().order().ship(id, shipment).await {
        Ok(_) => see_other(&notice::path(&path(id), "shipping")),
        Err(problem) if *problem.kind() == reasons::VALIDATION_FAILED => {
            let labels = [("tracking_number", "The tracking number")];
            let errors = FieldErrors::of(&problem, &labels);
            invalid(&read(&member, &system, id, errors, tracking_number).await?)
        }
        Err(problem) => changed_meanwhile(id, problem),
    }
}

/// Marks an order as delivered.
pub(crate) async fn deliver(member: Member, Segment(id): Segment<OrderId>, _: Form) -> Answer {
    match member.upstreams().order().deliver(id).await {
        Ok(_) => see_other(&notice::path(&path(id), "delivered")),
        Err(problem) => changed_meanwhile(id, problem),
    }
}

/// Cancels an order.
pub(crate) async fn cancel(member: Member, Segment(id): Segment<OrderId>, _: Form) -> Answer {
    match member.upstreams().order().cancel(id).await {
        Ok(_) => see_other(&notice::path(&path(id), "canceling")),
        Err(problem) => changed_meanwhile(id, problem),
    }
}

/// An order that changed since the page was shown leads back to its page, which shows why.
fn changed_meanwhile(id: OrderId, problem: Problem) -> Answer {
    match problem.kind() {
        kind if *kind == reasons::ORDER_NOT_SHIPPABLE
            || *kind == reasons::ORDER_NOT_DELIVERABLE
            || *kind == reasons::ORDER_NOT_CANCELLABLE =>
        {
            see_other(&notice::path(&path(id), "order-changed"))
        }
        _ => Err(problem),
    }
}

//! Asking for a return of an order's units, and withdrawing it.

use askama::Template;
use futures_util::future::join3;
use kernel::{OrderId, ReturnId};
use uuid::Uuid;

use super::order::returnable;
use crate::{
    edge::problem::{Problem, reasons},
    model::{LineUnits, Order, OrderReturns, OrderStatus, ReturnReason, ReturnRequest},
    pages::{
        Answer, field_errors::FieldErrors, form::Form, invalid, layout::Layout, notice, page,
        see_other, visitor::Visitor,
    },
    rest::request::{Segment, Segments},
};

/// The reasons, as the form sends them and as it shows them.
const REASONS: [(&str, &str, ReturnReason); 7] = [
    ("damaged", "It arrived damaged", ReturnReason::Damaged),
    ("defective", "It does not work", ReturnReason::Defective),
    (
        "wrong_item",
        "I got something else",
        ReturnReason::WrongItem,
    ),
    (
        "not_as_described",
        "It differs from its description",
        ReturnReason::NotAsDescribed,
    ),
    (
        "not_arrived",
        "The parcel did not arrive",
        ReturnReason::NotArrived,
    ),
    (
        "changed_mind",
        "I do not want it any more",
        ReturnReason::ChangedMind,
    ),
    ("other", "Something else", ReturnReason::Other),
];

/// Names of the fields in the API, and their labels.
const LABELS: [(&str, &str); 3] = [
    ("lines", "The units"),
    ("reason", "The reason"),
    ("note", "Your words"),
];

#[derive(Template)]
#[template(path = "shop/request_return.html")]
struct RequestPage {
    layout: Layout,
    errors: FieldErrors,
    id: OrderId,
    number: String,
    lines: Vec<Line>,
    reason: String,
    note: String,
    key: String,
    can_return: bool,
}

/// A line of the form.
struct Line {
    sku: String,
    name: String,
    /// Units that can be returned.
    left: u32,
    /// Units that were chosen.
    chosen: String,
}

impl RequestPage {
    fn reasons(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        REASONS.iter().map(|(name, text, _)| (*name, *text))
    }
}

/// The form.
pub(crate) async fn show(visitor: Visitor, Segment(id): Segment<OrderId>) -> Answer {
    page(&form_page(&visitor, id, None).await?)
}

/// Asks for the return.
pub(crate) async fn submit(visitor: Visitor, Segment(id): Segment<OrderId>, form: Form) -> Answer {
    let mut errors = FieldErrors::default();
    let chosen = form.text("reason");
    let reason = REASONS.iter().find(|(name, ..)| *name == chosen);
    if reason.is_none() {
        errors = errors.and("reason", "Choose why you return it");
    }
    let note = form.text("note");
    if chosen == "other" && note.is_empty() {
        errors = errors.and("note", "Say why you return it");
    }
    match units(&form) {
        Ok(lines) if lines.is_empty() => {
            errors = errors.and("lines", "Choose how many units you return");
        }
        Ok(lines) => {
            if let (Some((.., reason)), true) = (reason, errors.is_empty()) {
                let request = ReturnRequest {
                    lines,
                    reason: *reason,
                    note: Some(note).filter(|note| !note.is_empty()),
                };
                let key = form.text("key");
                match visitor
                    .upstreams()
                    .returns()
                    .request(id, key, request)
                    .await
                {
                    Ok(_) => {
                        let path = format!("/orders/{id}");
                        return see_other(&notice::path(&path, "return-requested"));
                    }
                    Err(problem) => errors = explained(problem)?,
                }
            }
        }
        Err(()) => errors = errors.and("lines", "Quantities must be whole numbers"),
    }
    invalid(&form_page(&visitor, id, Some((&form, errors))).await?)
}

/// Withdraws a return.
pub(crate) async fn withdraw(
    visitor: Visitor,
    Segments(order, id): Segments<OrderId, ReturnId>,
    _: Form,
) -> Answer {
    let path = format!("/orders/{order}");
    match visitor.upstreams().returns().withdraw(id).await {
        Ok(_) => see_other(&notice::path(&path, "return-withdrawn")),
        Err(problem) if problem.kind() == &reasons::RETURN_NOT_OPEN => {
            see_other(&notice::path(&path, "return-decided"))
        }
        Err(problem) => Err(problem),
    }
}

/// What the customer can correct; everything else is a problem page.
fn explained(problem: Problem) -> Result<FieldErrors, Problem> {
    let general = |text| FieldErrors::default().and("lines", text);
    match problem.kind().reason {
        "ORDER_NOT_RETURNABLE" => Ok(general(
            "This order can be returned only after it has left, and within the time for returns",
        )),
        "RETURN_EXCEEDS_BOUGHT" => Ok(general(
            "Some of these units are refunded or in another return",
        )),
        "IDEMPOTENCY_KEY_REUSED" => Ok(general(
            "This form was sent before. Check it and send it once more",
        )),
        "VALIDATION_FAILED" => Ok(FieldErrors::of(&problem, &LABELS)),
        _ => Err(problem),
    }
}

/// The chosen units of each line; fields are named `units.SKU`.
fn units(form: &Form) -> Result<Vec<LineUnits>, ()> {
    let mut units = Vec::new();
    for (name, value) in form.fields() {
        let Some(sku) = name.strip_prefix("units.") else {
            continue;
        };
        let quantity = match value.trim() {
            "" => 0,
            text => text.parse().map_err(|_not_a_number| ())?,
        };
        if quantity > 0 {
            let sku = sku.to_owned();
            units.push(LineUnits { sku, quantity });
        }
    }
    Ok(units)
}

async fn form_page(
    visitor: &Visitor,
    id: OrderId,
    typed: Option<(&Form, FieldErrors)>,
) -> Result<RequestPage, Problem> {
    let upstreams = visitor.upstreams();
    let order = upstreams.order().get(id);
    let returns = upstreams.returns().of_order(id);
    let (layout, order, returns) = join3(visitor.layout(), order, returns).await;
    let (order, OrderReturns { returns }) = (order?, returns?);
    let left = returnable(&order, &returns);
    let (form, errors) = typed.map_or((None, FieldErrors::default()), |(form, errors)| {
        (Some(form), errors)
    });
    let text = |name: &str| form.map_or_else(String::new, |form| form.text(name));
    Ok(RequestPage {
        layout: layout?,
        can_return: can_return(&order, &left),
        number: order.number_or_id(),
        lines: order
            .lines
            .into_iter()
            .zip(left)
            .filter(|(_, left)| *left > 0)
            .map(|(line, left)| Line {
                chosen: text(&format!("units.{}", line.sku)),
                sku: line.sku,
                name: line.name,
                left,
            })
            .collect(),
        reason: text("reason"),
        note: text("note"),
        // A new key for each form: a form that is sent twice asks once.
        key: Uuid::now_v7().to_string(),
        errors,
        id,
    })
}

fn can_return(order: &Order, left: &[u32]) -> bool {
    let has_left = matches!(order.status, OrderStatus::Shipped | OrderStatus::Delivered);
    has_left && left.iter().any(|left| *left > 0)
}

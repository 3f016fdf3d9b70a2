//! A refund of units or of an amount.

use askama::Template;
use kernel::OrderId;
use uuid::Uuid;

use super::path;
use crate::{
    edge::problem::{Problem, reasons},
    model::{LineUnits, Money, OrderLine, RefundRequest, Totals},
    pages::{
        Answer, amount,
        field_errors::FieldErrors,
        filters,
        form::Form,
        invalid, notice, page, see_other,
        staff::{layout::Layout, member::Member},
    },
    rest::request::Segment,
};

/// Names of the fields in the API, and their labels.
const LABELS: [(&str, &str); 3] = [
    ("amount", "The amount"),
    ("lines", "The units"),
    ("reason", "The reason"),
];

#[derive(Template)]
#[template(path = "staff/refund.html")]
struct RefundPage {
    layout: Layout,
    errors: FieldErrors,
    id: OrderId,
    number: String,
    lines: Vec<(OrderLine, String)>,
    totals: Totals,
    amount: String,
    reason: String,
    /// Whether all that is left is to be refunded.
    is_all: bool,
    /// A new key for each form: a form that is sent twice refunds once.
    key: String,
}

/// The form.
pub(crate) async fn show(member: Member, Segment(id): Segment<OrderId>) -> Answer {
    page(&form_page(&member, id, None, FieldErrors::default()).await?)
}

/// Requests the refund.
pub(crate) async fn submit(member: Member, Segment(id): Segment<OrderId>, form: Form) -> Answer {
    let order = member.upstreams().order().get(id).await?;
    let errors = match request(&form, &order.totals.total.currency) {
        Err(errors) => errors,
        Ok(refund) => {
            let key = form.text("key");
            let orders = member.upstreams().order();
            match orders.request_refund(id, key, refund).await {
                Ok(_) => return see_other(&notice::path(&path(id), "refunding")),
                Err(problem) => explained(problem)?,
            }
        }
    };
    invalid(&form_page(&member, id, Some(&form), errors).await?)
}

fn request(form: &Form, currency: &str) -> Result<RefundRequest, FieldErrors> {
    let mut errors = FieldErrors::default();
    let typed = form.text("amount");
    let amount = amount_of(&typed, currency).unwrap_or_else(|text| {
        errors = FieldErrors::one("amount", text);
        None
    });
    let mut lines = Vec::new();
    for (name, value) in form.fields() {
        let Some(sku) = name.strip_prefix("units.") else {
            continue;
        };
        match value.trim() {
            "" | "0" => {}
            text => match text.parse() {
                Ok(quantity) => lines.push(LineUnits {
                    sku: sku.to_owned(),
                    quantity,
                }),
                Err(_not_a_number) => {
                    errors = errors.and("lines", "The units must be whole numbers");
                }
            },
        }
    }
    let is_part = !lines.is_empty() || amount.is_some();
    let choice = match (is_part, form.is_checked("all")) {
        (false, false) => Some("Enter units or an amount, or choose to refund all that is left"),
        (true, true) => Some("Enter units or an amount, or refund all that is left: not both"),
        _ => None,
    };
    if let (true, Some(text)) = (errors.is_empty(), choice) {
        errors = errors.and("amount", text);
    }
    match errors.is_empty() {
        true => Ok(RefundRequest {
            lines,
            amount,
            reason: form.text("reason"),
        }),
        false => Err(errors),
    }
}

fn amount_of(text: &str, currency: &str) -> Result<Option<Money>, String> {
    match (text, amount::parse(text, currency)) {
        ("", _) => Ok(None),
        (_, Some(amount)) => Ok(Some(amount)),
        (_, None) => Err(format!("The amount must be a number in {currency}: 12.99")),
    }
}

/// What the member can correct; everything else is a problem page.
fn explained(problem: Problem) -> Result<FieldErrors, Problem> {
    match problem.kind() {
        kind if *kind == reasons::VALIDATION_FAILED => Ok(FieldErrors::of(&problem, &LABELS)),
        kind if *kind == reasons::REFUND_EXCEEDS_CAPTURED => {
            Ok(FieldErrors::one("amount", problem.kind().title))
        }
        kind if *kind == reasons::REFUND_EXCEEDS_BOUGHT => {
            Ok(FieldErrors::one("lines", problem.kind().title))
        }
        kind if *kind == reasons::ORDER_NOT_REFUNDABLE => {
            Ok(FieldErrors::one("", problem.kind().title))
        }
        kind if *kind == reasons::IDEMPOTENCY_KEY_REUSED => Ok(FieldErrors::one(
            "",
            "This form was sent before with other values, and that refund may have been made. \
             Look at the refunds of the order first.",
        )),
        _ => Err(problem),
    }
}

async fn form_page(
    member: &Member,
    id: OrderId,
    typed: Option<&Form>,
    errors: FieldErrors,
) -> Result<RefundPage, Problem> {
    let order = member.upstreams().order().get(id).await?;
    let text = |name: &str| typed.map_or_else(String::new, |form| form.text(name));
    let number = order.number_or_id();
    let lines = order.lines.into_iter();
    Ok(RefundPage {
        layout: member.layout()?,
        errors,
        id,
        number,
        lines: lines
            .map(|line| {
                let units = text(&format!("units.{}", line.sku));
                (line, units)
            })
            .collect(),
        totals: order.totals,
        amount: text("amount"),
        reason: text("reason"),
        is_all: typed.is_some_and(|form| form.is_checked("all")),
        key: Uuid::now_v7().to_string(),
    })
}

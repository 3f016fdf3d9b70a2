//! The units of a product, and their adjustment.

use askama::Template;
use futures_util::future::try_join;
use kernel::{Group, Sku};
use uuid::Uuid;

use super::{layout::Layout, member::Member};
use crate::{
    edge::problem::{Problem, reasons},
    model::{Product, Stock, StockAdjustment},
    pages::{
        Answer, field_errors::FieldErrors, filters, form::Form, invalid, notice, page, see_other,
    },
    rest::request::Segment,
};

/// Names of the fields, and their labels.
const LABELS: [(&str, &str); 2] = [("delta", "Units"), ("reason", "The reason")];

#[derive(Template)]
#[template(path = "staff/stock.html")]
struct StockPage {
    layout: Layout,
    errors: FieldErrors,
    product: Product,
    stock: Stock,
    can_adjust: bool,
    delta: String,
    reason: String,
    key: String,
}

/// Shows the units of a product, with the form to adjust them.
pub(crate) async fn show(member: Member, Segment(sku): Segment<Sku>) -> Answer {
    page(&read(&member, sku, None, FieldErrors::default()).await?)
}

/// Adds units on hand, or removes some.
pub(crate) async fn adjust(member: Member, Segment(sku): Segment<Sku>, form: Form) -> Answer {
    let Some(delta) = parse(&form.text("delta")) else {
        let text = "Units must be a whole number with a sign, such as +20 or -3";
        let errors = FieldErrors::one("delta", text);
        return invalid(&read(&member, sku, Some(&form), errors).await?);
    };
    let adjustment = StockAdjustment {
        delta,
        reason: form.text("reason"),
    };
    let catalog = member.upstreams().catalog();
    let adjusted = catalog.adjust_stock(sku.clone(), form.text("key"), adjustment);
    match adjusted.await {
        Ok(_) => see_other(&notice::path(
            &format!("/staff/products/{sku}/stock"),
            "stock-adjusted",
        )),
        Err(problem) => {
            let errors = explained(problem)?;
            invalid(&read(&member, sku, Some(&form), errors).await?)
        }
    }
}

async fn read(
    member: &Member,
    sku: Sku,
    typed: Option<&Form>,
    errors: FieldErrors,
) -> Result<StockPage, Problem> {
    let catalog = || member.upstreams().catalog();
    let stock = catalog().stock(sku.clone());
    let (product, stock) = try_join(catalog().product_by_sku(sku), stock).await?;
    let text = |name: &str| typed.map_or_else(String::new, |form| form.text(name));
    Ok(StockPage {
        layout: member.layout()?,
        errors,
        product,
        stock,
        can_adjust: member.is_in(&[Group::Warehouse]),
        delta: text("delta"),
        reason: text("reason"),
        // A form that is sent twice adjusts the stock once.
        key: Uuid::now_v7().to_string(),
    })
}

/// `+20`, `20`, `-3`, also with the minus of typesetting.
fn parse(text: &str) -> Option<i32> {
    text.replace('\u{2212}', "-").replace(' ', "").parse().ok()
}

/// What the member can correct; everything else is a problem page.
fn explained(problem: Problem) -> Result<FieldErrors, Problem> {
    match problem.kind() {
        kind if *kind == reasons::VALIDATION_FAILED => Ok(FieldErrors::of(&problem, &LABELS)),
        kind if *kind == reasons::STOCK_INSUFFICIENT => Ok(FieldErrors::one(
            "delta",
            "Units that are reserved for orders cannot be removed",
        )),
        kind if *kind == reasons::IDEMPOTENCY_KEY_REUSED => Ok(FieldErrors::one(
            "",
            "This form was sent before, with other values. Check the stock, then send it again to adjust it once more.",
        )),
        _ => Err(problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_have_a_sign() {
        for (text, delta) in [
            ("+20", Some(20)),
            ("20", Some(20)),
            ("-3", Some(-3)),
            ("\u{2212} 3", Some(-3)),
            ("1.5", None),
            ("", None),
            ("99999999999", None),
        ] {
            assert_eq!(parse(text), delta, "{text}");
        }
    }
}

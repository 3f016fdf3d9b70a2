use contracts::order::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    convert::{each, some_text},
    money::{Money, amount},
};
use crate::edge::problem::Problem;

/// A line of a cart, priced now.
#[derive(Serialize, ToSchema)]
pub(crate) struct CartLine {
    /// What.
    #[schema(example = "COFFEE-ESPRESSO-500")]
    pub(crate) sku: String,
    /// Its name now.
    #[schema(example = "Espresso, 500 g")]
    pub(crate) name: String,
    /// Its slug now.
    #[schema(example = "espresso-500g")]
    pub(crate) slug: String,
    /// How many.
    #[schema(example = 2)]
    pub(crate) quantity: u32,
    /// Price of one unit now.
    pub(crate) unit_price: Money,
    /// Unit price times quantity.
    pub(crate) total: Money,
    /// Units that could be bought now.
    #[schema(example = 117)]
    pub(crate) available: u32,
}

/// What a cart or an order costs: total = lines - discount + shipping + tax.
#[derive(Serialize, ToSchema)]
pub(crate) struct Totals {
    /// Sum of the lines.
    pub(crate) lines: Money,
    /// Taken off by the discount code; 0 or more.
    pub(crate) discount: Money,
    /// Shipping to the destination.
    pub(crate) shipping: Money,
    /// Tax at the destination's rate on lines less discount, plus shipping.
    pub(crate) tax: Money,
    /// What is paid.
    pub(crate) total: Money,
}

/// A cart with its totals.
#[derive(Serialize, ToSchema)]
pub(crate) struct Cart {
    /// By product name.
    pub(crate) lines: Vec<CartLine>,
    /// SKUs that were in the cart but can no longer be bought.
    pub(crate) unavailable_skus: Vec<String>,
    /// The discount code in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) discount_code: Option<String>,
    /// Costs; without a destination, shipping and tax are 0. Absent for an empty cart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) totals: Option<Totals>,
    /// Names a guest's cart: send it as the `Cart-Token` header. Secret: who has it, has the cart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) guest_token: Option<String>,
}

/// How many units of a SKU the cart shall hold.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ItemQuantity {
    /// 0 removes the line.
    #[schema(example = 2, maximum = 999)]
    pub(crate) quantity: u32,
}

/// A discount code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Discount {
    /// Compared without case.
    #[schema(example = "WELCOME10", max_length = 40)]
    pub(crate) code: String,
}

/// The guest's cart that shall be merged into the caller's.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CartMerge {
    /// The guest's token.
    #[schema(format = "password")]
    pub(crate) guest_token: String,
}

impl TryFrom<v1::Totals> for Totals {
    type Error = Problem;

    fn try_from(totals: v1::Totals) -> Result<Self, Problem> {
        Ok(Self {
            lines: amount(totals.lines, "Totals.lines")?,
            discount: amount(totals.discount, "Totals.discount")?,
            shipping: amount(totals.shipping, "Totals.shipping")?,
            tax: amount(totals.tax, "Totals.tax")?,
            total: amount(totals.total, "Totals.total")?,
        })
    }
}

impl TryFrom<v1::CartLine> for CartLine {
    type Error = Problem;

    fn try_from(line: v1::CartLine) -> Result<Self, Problem> {
        Ok(Self {
            sku: line.sku,
            name: line.name,
            slug: line.slug,
            quantity: line.quantity,
            unit_price: amount(line.unit_price, "CartLine.unit_price")?,
            total: amount(line.total, "CartLine.total")?,
            available: line.available,
        })
    }
}

impl TryFrom<v1::Cart> for Cart {
    type Error = Problem;

    fn try_from(cart: v1::Cart) -> Result<Self, Problem> {
        Ok(Self {
            lines: each(cart.lines)?,
            unavailable_skus: cart.unavailable_skus,
            discount_code: some_text(cart.discount_code),
            totals: cart.totals.map(Totals::try_from).transpose()?,
            guest_token: some_text(cart.guest_token),
        })
    }
}

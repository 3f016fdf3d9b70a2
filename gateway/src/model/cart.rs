use contracts::order::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    convert::{convert_all, optional_text},
    money::{Money, amount},
};
use crate::edge::problem::Problem;

/// A line of a cart, at current prices.
#[derive(Serialize, ToSchema)]
pub(crate) struct CartLine {
    /// The SKU.
    #[schema(example = "COFFEE-ESPRESSO-500")]
    pub(crate) sku: String,
    /// Current name of the product.
    #[schema(example = "Espresso, 500 g")]
    pub(crate) name: String,
    /// Current slug of the product.
    #[schema(example = "espresso-500g")]
    pub(crate) slug: String,
    /// Units.
    #[schema(example = 2)]
    pub(crate) quantity: u32,
    /// Current price of one unit.
    pub(crate) unit_price: Money,
    /// Unit price times quantity.
    pub(crate) total: Money,
    /// Units currently available.
    #[schema(example = 117)]
    pub(crate) available: u32,
}

/// Amounts of a cart or an order: total = lines - discount + shipping + tax.
#[derive(Serialize, ToSchema)]
pub(crate) struct Totals {
    /// Sum of the lines.
    pub(crate) lines: Money,
    /// Discount of the discount code; 0 or more.
    pub(crate) discount: Money,
    /// Shipping to the destination.
    pub(crate) shipping: Money,
    /// Tax at the destination's rate, on lines less discount plus shipping.
    pub(crate) tax: Money,
    /// The amount to pay.
    pub(crate) total: Money,
}

/// A cart with its totals.
#[derive(Serialize, ToSchema)]
pub(crate) struct Cart {
    /// Sorted by product name.
    pub(crate) lines: Vec<CartLine>,
    /// SKUs in the cart that are no longer sold.
    pub(crate) unavailable_skus: Vec<String>,
    /// The discount code in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) discount_code: Option<String>,
    /// Amounts; without a destination, shipping and tax are 0. Absent for an empty cart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) totals: Option<Totals>,
    /// Token of a guest's cart, sent as the `Cart-Token` header. Secret: it grants access to the cart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) guest_token: Option<String>,
}

/// New quantity of a cart line.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ItemQuantity {
    /// Units; 0 removes the line.
    #[schema(example = 2, maximum = 999)]
    pub(crate) quantity: u32,
}

/// A discount code.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Discount {
    /// The code; not case-sensitive.
    #[schema(example = "WELCOME10", max_length = 40)]
    pub(crate) code: String,
}

/// The guest's cart to merge into the caller's.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CartMerge {
    /// The token of the guest's cart.
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
            lines: convert_all(cart.lines)?,
            unavailable_skus: cart.unavailable_skus,
            discount_code: optional_text(cart.discount_code),
            totals: cart.totals.map(Totals::try_from).transpose()?,
            guest_token: optional_text(cart.guest_token),
        })
    }
}

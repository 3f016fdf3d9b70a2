use contracts::order::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    convert::{convert_all, optional_text, required},
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
    /// The lines that can be sold, in the order in which they were added.
    pub(crate) lines: Vec<CartLine>,
    /// The lines that cannot be sold now, in the same order. They cost nothing. A cart with such lines cannot be
    /// ordered.
    pub(crate) unsellable: Vec<ExcludedLine>,
    /// The discount code in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "WELCOME10")]
    pub(crate) discount_code: Option<String>,
    /// Amounts of `lines`; without a destination, shipping and tax are 0. Absent without lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) totals: Option<Totals>,
    /// Token of a guest's cart, sent as the `Cart-Token` header. Secret: it grants access to the cart.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "AZjA3mwfe36NPF87HB0uPw")]
    pub(crate) guest_token: Option<String>,
}

impl Cart {
    /// The cart of a guest who has put nothing into it yet.
    pub(crate) fn empty() -> Self {
        Self {
            lines: Vec::new(),
            unsellable: Vec::new(),
            discount_code: None,
            totals: None,
            guest_token: None,
        }
    }

    /// Units of all lines, sellable or not.
    pub(crate) fn units(&self) -> u32 {
        let sellable = self.lines.iter().map(|line| line.quantity);
        let others = self.unsellable.iter().map(|line| line.quantity);
        sellable.chain(others).sum()
    }
}

/// Why a line is left out of the totals of a cart, or of a merge.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LineReason {
    /// The product does not exist or is archived.
    NotForSale,
    /// The price is in another currency than the cart.
    OtherCurrency,
    /// Prices are not available at the moment.
    Unavailable,
    /// With this line, the cart would cost more than a cart can cost.
    AmountTooLarge,
    /// A line has at most 999 units.
    LineFull,
    /// A cart has at most 100 lines.
    CartFull,
}

/// A line, or some of its units, that is left out.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExcludedLine {
    /// The SKU.
    #[schema(example = "COFFEE-ESPRESSO-500")]
    pub(crate) sku: String,
    /// Units that are left out.
    #[schema(example = 2)]
    pub(crate) quantity: u32,
    /// Why.
    #[schema(inline)]
    pub(crate) reason: LineReason,
}

/// The caller's cart after a merge.
#[derive(Serialize, ToSchema)]
pub(crate) struct MergedCart {
    /// The caller's cart.
    #[serde(flatten)]
    pub(crate) cart: Cart,
    /// Whether something was moved into it.
    pub(crate) merged: bool,
    /// What stays in the guest's cart, and why.
    pub(crate) left: Vec<ExcludedLine>,
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
    #[schema(example = "WELCOME10", format = "discount-code")]
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

impl TryFrom<v1::ExcludedLine> for ExcludedLine {
    type Error = Problem;

    fn try_from(line: v1::ExcludedLine) -> Result<Self, Problem> {
        let reason = match line.reason() {
            v1::LineReason::Unspecified => None,
            v1::LineReason::NotForSale => Some(LineReason::NotForSale),
            v1::LineReason::OtherCurrency => Some(LineReason::OtherCurrency),
            v1::LineReason::Unavailable => Some(LineReason::Unavailable),
            v1::LineReason::AmountTooLarge => Some(LineReason::AmountTooLarge),
            v1::LineReason::LineFull => Some(LineReason::LineFull),
            v1::LineReason::CartFull => Some(LineReason::CartFull),
        };
        Ok(Self {
            reason: required(reason, "ExcludedLine.reason")?,
            sku: line.sku,
            quantity: line.quantity,
        })
    }
}

impl TryFrom<v1::MergeCartResponse> for MergedCart {
    type Error = Problem;

    fn try_from(reply: v1::MergeCartResponse) -> Result<Self, Problem> {
        Ok(Self {
            cart: required(reply.cart, "MergeCartResponse.cart")?.try_into()?,
            merged: reply.moved_units > 0,
            left: convert_all(reply.left)?,
        })
    }
}

impl TryFrom<v1::Cart> for Cart {
    type Error = Problem;

    fn try_from(cart: v1::Cart) -> Result<Self, Problem> {
        Ok(Self {
            lines: convert_all(cart.lines)?,
            unsellable: convert_all(cart.unsellable)?,
            discount_code: optional_text(cart.discount_code),
            totals: cart.totals.map(Totals::try_from).transpose()?,
            guest_token: optional_text(cart.guest_token),
        })
    }
}

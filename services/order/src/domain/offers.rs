//! What the catalog says about the lines of a cart.

use std::collections::HashMap;

use kernel::{Money, Quantity, Sku};

use super::lines::Lines;

/// A product that is for sale, as the catalog has it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Product {
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) price: Money,
    pub(crate) available: u32,
}

/// The catalog's answer about some SKUs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Offers {
    /// It did not respond.
    Unavailable,
    /// Every SKU that was asked for; with none if it is not for sale.
    Known(HashMap<Sku, Option<Product>>),
}

/// Why a line is left out: of the totals of a cart, or of a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum LineReason {
    /// The product does not exist or is archived.
    NotForSale,
    /// The cart has another currency.
    OtherCurrency,
    /// The catalog does not respond.
    Unavailable,
    /// The cart would cost more than a cart can cost.
    AmountTooLarge,
    /// A line has at most [`Quantity::MAX`] units.
    LineFull,
    /// A cart has at most [`super::MAX_LINES`] lines.
    CartFull,
}

/// A line, or some of its units, that is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExcludedLine {
    pub(crate) sku: Sku,
    pub(crate) quantity: Quantity,
    pub(crate) reason: LineReason,
}

impl LineReason {
    /// For people, after the SKU.
    pub(crate) const fn explain(self) -> &'static str {
        match self {
            Self::NotForSale => "is not for sale",
            Self::OtherCurrency => "has another currency than the cart",
            Self::Unavailable => "has no price at the moment",
            Self::AmountTooLarge => "makes the cart too expensive",
            Self::LineFull => "has the most units that a line can have",
            Self::CartFull => "is one line more than a cart can have",
        }
    }
}

impl Offers {
    /// Whether the catalog was asked for all of these lines. A cart that was changed since may have others.
    pub(crate) fn cover(&self, lines: &Lines) -> bool {
        match self {
            Self::Unavailable => true,
            Self::Known(products) => lines.skus().all(|sku| products.contains_key(sku)),
        }
    }

    /// The product, or why it cannot be sold.
    pub(crate) fn find(&self, sku: &Sku) -> Result<&Product, LineReason> {
        match self {
            Self::Unavailable => Err(LineReason::Unavailable),
            Self::Known(products) => match products.get(sku) {
                None => Err(LineReason::Unavailable),
                Some(None) => Err(LineReason::NotForSale),
                Some(Some(product)) => Ok(product),
            },
        }
    }
}

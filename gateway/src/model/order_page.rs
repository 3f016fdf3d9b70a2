use contracts::catalog::v1;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    money::{Money, amount},
    order::Order,
    payment::Payment,
    product::Image,
    returns::Return,
    timeline::TimelineEntry,
};
use crate::edge::problem::Problem;

/// An order with everything that its page shows. A part that cannot be read is null and named in `partial`.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderPage {
    /// The order.
    pub(crate) order: Order,
    /// The payment; null also while there is none, and for a free order.
    pub(crate) payment: Option<Payment>,
    /// The returns, oldest first.
    pub(crate) returns: Option<Vec<Return>>,
    /// The events so far, oldest first, at most 200.
    pub(crate) timeline: Option<Vec<TimelineEntry>>,
    /// The products of the lines as they are now, in the order of the lines. The lines themselves are as they were sold.
    pub(crate) products: Option<Vec<CurrentProduct>>,
    /// The parts that could not be read; empty if the page is complete.
    pub(crate) partial: Vec<MissingPart>,
}

/// A product of a line as it is now.
#[derive(Serialize, ToSchema)]
pub(crate) struct CurrentProduct {
    /// The stock keeping unit.
    #[schema(example = "COFFEE-ESPRESSO-500")]
    pub(crate) sku: String,
    /// Identifier in URLs.
    #[schema(example = "espresso-500g")]
    pub(crate) slug: String,
    /// The name.
    #[schema(example = "Espresso, 500 g")]
    pub(crate) name: String,
    /// Price of one unit, before tax.
    pub(crate) price: Money,
    /// The first image; absent if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cover: Option<Image>,
    /// Units currently available.
    #[schema(example = 120)]
    pub(crate) available: u32,
    /// True if the product can no longer be bought.
    pub(crate) archived: bool,
}

/// A part of an order's page that could not be read.
#[derive(Serialize, ToSchema)]
pub(crate) struct MissingPart {
    /// The part.
    pub(crate) part: OrderPart,
    /// Last segment of the `type` of the problem.
    #[schema(example = "unavailable")]
    pub(crate) reason: String,
}

/// The parts of an order's page that may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OrderPart {
    /// The payment.
    Payment,
    /// The returns.
    Returns,
    /// The timeline.
    Timeline,
    /// The products of the lines.
    Products,
}

impl TryFrom<v1::Offer> for CurrentProduct {
    type Error = Problem;

    fn try_from(offer: v1::Offer) -> Result<Self, Problem> {
        Ok(Self {
            sku: offer.sku,
            slug: offer.slug,
            name: offer.name,
            price: amount(offer.price, "Offer.price")?,
            cover: offer.cover.map(Image::from),
            available: offer.available,
            archived: offer.archived,
        })
    }
}

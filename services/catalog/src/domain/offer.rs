use kernel::{Money, ProductId, Sku};

use super::Image;

/// A product as a cart or a checkout needs it: without its texts, images and attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) product_id: ProductId,
    pub(crate) sku: Sku,
    pub(crate) slug: String,
    pub(crate) name: String,
    /// Price of one unit before tax.
    pub(crate) price: Money,
    /// On hand minus reserved; 0 if archived.
    pub(crate) available: u32,
    /// No longer for sale.
    pub(crate) archived: bool,
    /// The first image; None also where nobody asked for it.
    pub(crate) cover: Option<Image>,
}

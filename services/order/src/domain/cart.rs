use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use kernel::{Currency, Money, Quantity, Sku, UserId};
use uuid::Uuid;

use super::Error;
use super::totals::{Destination, Discount, Totals};

/// The most lines that a cart, and so an order, holds.
pub(crate) const MAX_LINES: usize = 100;
/// Days for which a guest's cart is kept after its last change.
pub(crate) const GUEST_DAYS: i64 = 30;

/// Whose cart it is. A guest is identified by the SHA-256 of their token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A signed-in customer.
    Customer(UserId),
    /// A guest with a token, which may have no cart.
    Guest([u8; 32]),
    /// A guest whose token was generated for this request.
    NewGuest([u8; 32]),
}

impl Owner {
    /// The customer, if it is a customer's cart.
    pub(crate) fn customer(&self) -> Option<Uuid> {
        match self {
            Self::Customer(id) => Some(id.as_uuid()),
            Self::Guest(_) | Self::NewGuest(_) => None,
        }
    }

    /// The hash of the token, if it is a guest's cart.
    pub(crate) fn token_hash(&self) -> Option<Vec<u8>> {
        match self {
            Self::Customer(_) => None,
            Self::Guest(hash) | Self::NewGuest(hash) => Some(hash.to_vec()),
        }
    }
}

/// SKUs, each with its quantity.
pub(crate) type Lines = BTreeMap<Sku, Quantity>;

/// A product as the catalog has it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Product {
    pub(crate) name: String,
    pub(crate) slug: String,
    pub(crate) price: Money,
    pub(crate) available: u32,
}

/// The products for sale, by SKU.
pub(crate) type Products = HashMap<Sku, Product>;

/// A line at the current price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PricedLine {
    pub(crate) sku: Sku,
    pub(crate) quantity: Quantity,
    pub(crate) product: Product,
    pub(crate) total: Money,
}

/// A cart at current prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PricedCart {
    /// By name.
    pub(crate) lines: Vec<PricedLine>,
    /// In the cart, but no longer for sale.
    pub(crate) unavailable: Vec<Sku>,
    /// Sum of the lines; none when there are no lines.
    pub(crate) sum: Option<Money>,
}

/// Sets the quantity of a SKU; none removes the line.
///
/// # Errors
/// The cart is full and has no line with this SKU.
pub(crate) fn set_item(
    lines: &mut Lines,
    sku: &Sku,
    quantity: Option<Quantity>,
) -> Result<(), Error> {
    match quantity {
        None => {
            lines.remove(sku);
        }
        Some(_) if lines.len() >= MAX_LINES && !lines.contains_key(sku) => {
            return Err(Error::CartFull);
        }
        Some(quantity) => {
            lines.insert(sku.clone(), quantity);
        }
    }
    Ok(())
}

/// Adds the guest's lines to the customer's. Quantities of the same SKU add up, at most to the limit of a
/// line. Once the cart is full, further lines of the guest are left out.
pub(crate) fn merge_carts(own: &mut Lines, guest: Lines) {
    for (sku, quantity) in guest {
        let is_full = own.len() >= MAX_LINES;
        if let Some(present) = own.get_mut(&sku) {
            *present = present.saturating_add(quantity);
        } else if !is_full {
            own.insert(sku, quantity);
        }
    }
}

/// Prices the lines and sorts them by name.
///
/// # Errors
/// Lines in two currencies, or an amount beyond 64 bits.
pub(crate) fn price_cart(lines: &Lines, products: &Products) -> Result<PricedCart, Error> {
    let mut priced = Vec::with_capacity(lines.len());
    let mut unavailable = Vec::new();
    for (sku, quantity) in lines {
        match products.get(sku) {
            None => unavailable.push(sku.clone()),
            Some(product) => priced.push(PricedLine {
                sku: sku.clone(),
                quantity: *quantity,
                product: product.clone(),
                total: product.price.times(*quantity)?,
            }),
        }
    }
    priced.sort_by(|a, b| (&a.product.name, &a.sku).cmp(&(&b.product.name, &b.sku)));
    let currency: Option<Currency> = priced.first().map(|line| line.total.currency());
    let sum = currency
        .map(|currency| Money::sum(currency, priced.iter().map(|line| line.total)))
        .transpose()?;
    Ok(PricedCart {
        lines: priced,
        unavailable,
        sum,
    })
}

impl PricedCart {
    /// The totals, and the discount code if it applies; none for an empty cart.
    pub(crate) fn totals(
        &self,
        discount: Option<&Discount>,
        destination: Option<Destination>,
        now: DateTime<Utc>,
    ) -> Result<Option<(Totals, Option<String>)>, Error> {
        let Some(sum) = self.sum else {
            return Ok(None);
        };
        let off = discount.and_then(|discount| {
            let off = discount.off(sum, now).ok()?;
            Some((discount.code.clone(), off))
        });
        let (code, off) = match off {
            Some((code, off)) => (Some(code), off),
            None => (None, Money::zero(sum.currency())),
        };
        Ok(Some((Totals::new(sum, off, destination)?, code)))
    }
}

#[cfg(test)]
mod tests;

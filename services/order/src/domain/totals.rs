use kernel::Money;
use serde::{Deserialize, Serialize};

use super::Error;
use super::destination::Destination;

/// What a cart or an order costs. total = lines - discount + shipping + tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Totals {
    pub(crate) lines: Money,
    pub(crate) discount: Money,
    pub(crate) shipping: Money,
    pub(crate) tax: Money,
    pub(crate) total: Money,
}

impl Totals {
    /// Adds up. Without a destination there is no shipping and no tax yet.
    pub(crate) fn new(
        lines: Money,
        discount: Money,
        destination: Option<Destination>,
    ) -> Result<Self, Error> {
        let goods = lines.minus(discount)?;
        let (shipping, tax) = match destination {
            None => (Money::zero(lines.currency()), Money::zero(lines.currency())),
            Some(destination) => {
                let shipping = destination.shipping_for(goods)?;
                (shipping, goods.plus(shipping)?.share(destination.tax)?)
            }
        };
        let total = goods.plus(shipping)?.plus(tax)?;
        Ok(Self {
            lines,
            discount,
            shipping,
            tax,
            total,
        })
    }
}

#[cfg(test)]
mod tests;

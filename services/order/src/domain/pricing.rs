//! What the lines of a cart cost now.

use chrono::{DateTime, Utc};
use kernel::{Currency, Money, MoneyError, Quantity, Sku};

use super::Error;
use super::discount::Discount;
use super::lines::Lines;
use super::offers::{ExcludedLine, LineReason, Offers, Product};
use super::totals::{Destination, Totals};

/// The most that the lines of a cart can cost, in minor units: more than any legal cart, and little enough that shipping
/// and tax never exceed 64 bits.
const MAX_SUM: i64 = 1_000_000_000_000_000;

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
    /// The lines that can be sold, in the order in which they were added.
    pub(crate) lines: Vec<PricedLine>,
    /// The lines that cannot be sold, in the same order.
    pub(crate) unsellable: Vec<ExcludedLine>,
    /// Sum of `lines`; none when there are none.
    pub(crate) sum: Option<Money>,
}

/// What some lines cost together. The first line determines the currency.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sum(Option<Money>);

impl Sum {
    /// What the lines that can be sold cost.
    pub(super) fn of(lines: &Lines, offers: &Offers) -> Self {
        Self(price_cart(lines, offers).sum)
    }

    /// Adds a line and returns what it costs.
    pub(super) fn add(&mut self, price: Money, quantity: Quantity) -> Result<Money, LineReason> {
        let total = price.times(quantity).map_err(reason)?;
        let before = self.0.unwrap_or(Money::zero(total.currency()));
        let sum = before.plus(total).map_err(reason)?;
        if sum.minor_units() > MAX_SUM {
            return Err(LineReason::AmountTooLarge);
        }
        self.0 = Some(sum);
        Ok(total)
    }
}

fn reason(error: MoneyError) -> LineReason {
    match error {
        MoneyError::CurrencyMismatch(..) | MoneyError::CurrencyUnknown => LineReason::OtherCurrency,
        MoneyError::Overflow => LineReason::AmountTooLarge,
    }
}

/// Prices the lines, in their order. A line that cannot be sold is listed with the reason and does not affect the others.
pub(crate) fn price_cart(lines: &Lines, offers: &Offers) -> PricedCart {
    let mut sum = Sum::default();
    let mut priced = Vec::with_capacity(lines.len());
    let mut unsellable = Vec::new();
    for line in lines.iter() {
        let (sku, quantity) = (line.sku.clone(), line.quantity);
        let sellable = offers.find(&sku).and_then(|product| {
            let total = sum.add(product.price, quantity)?;
            Ok((product.clone(), total))
        });
        match sellable {
            Ok((product, total)) => priced.push(PricedLine {
                sku,
                quantity,
                product,
                total,
            }),
            Err(reason) => unsellable.push(ExcludedLine {
                sku,
                quantity,
                reason,
            }),
        }
    }
    PricedCart {
        lines: priced,
        unsellable,
        sum: sum.0,
    }
}

impl PricedCart {
    /// The currency of the cart; none if it has no line that can be sold.
    pub(crate) fn currency(&self) -> Option<Currency> {
        self.sum.map(Money::currency)
    }

    /// The totals, and the discount code if it applies; none without a line that can be sold.
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
pub(super) mod tests;

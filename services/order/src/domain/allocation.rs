//! How the amounts of an order are divided among its units. All parts of an amount sum to the amount exactly.
//!
//! Among the lines, by the largest remainder: each line gets its proportional part rounded down, and the minor units
//! that are left go to the lines with the largest fractions. Among the units of a line, by cumulative rounding: the
//! first k of n units get k/n of the line's amount, rounded down.

use kernel::{Currency, Money};

use super::Error;
use super::record::SoldLine;
use super::totals::Totals;
use super::units::Units;

/// The amounts of an order by line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Allocation {
    currency: Currency,
    lines: Vec<LineAmounts>,
}

/// What a line costs, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct LineAmounts {
    quantity: u32,
    lines: i64,
    discount: i64,
    shipping: i64,
    tax: i64,
}

impl Allocation {
    /// Divides `totals` among the lines: discount and shipping by the value of the lines, tax by what is taxed.
    pub(crate) fn new(sold: &[SoldLine], totals: &Totals) -> Result<Self, Error> {
        let values: Result<Vec<i64>, Error> = sold
            .iter()
            .map(|line| Ok(line.unit_price.times(line.quantity)?.minor_units()))
            .collect();
        let values = values?;
        let by_quantity = || {
            sold.iter()
                .map(|line| i64::from(line.quantity.get()))
                .collect()
        };
        let discount = split(totals.discount, &values, by_quantity)?;
        let shipping = split(totals.shipping, &values, by_quantity)?;
        let taxed: Vec<i64> = values
            .iter()
            .zip(&discount)
            .zip(&shipping)
            .map(|((value, discount), shipping)| {
                value.saturating_sub(*discount).saturating_add(*shipping)
            })
            .collect();
        let tax = split(totals.tax, &taxed, by_quantity)?;
        let lines = sold.iter().zip(values).zip(discount).zip(shipping).zip(tax);
        let lines = lines.map(|((((line, lines), discount), shipping), tax)| LineAmounts {
            quantity: line.quantity.get(),
            lines,
            discount,
            shipping,
            tax,
        });
        Ok(Self {
            currency: totals.total.currency(),
            lines: lines.collect(),
        })
    }

    /// What these units cost.
    ///
    /// # Errors
    /// The order has no such units.
    pub(crate) fn share(&self, units: Units) -> Result<Totals, Error> {
        let index = units.position.checked_sub(1);
        let index = index.and_then(|index| usize::try_from(index).ok());
        let line = index.and_then(|index| self.lines.get(index));
        let line = line.filter(|line| units.first >= 1 && units.last() <= line.quantity);
        let line = line.ok_or(Error::AmountTooLarge)?;
        let part = |amount: i64| {
            let until = |unit| first_units(amount, line.quantity, unit);
            Ok::<_, Error>(Money::new(
                until(units.last())? - until(units.first - 1)?,
                self.currency,
            ))
        };
        Totals::sum(
            part(line.lines)?,
            part(line.discount)?,
            part(line.shipping)?,
            part(line.tax)?,
        )
    }
}

/// What the first `count` of `quantity` units get of an amount.
fn first_units(amount: i64, quantity: u32, count: u32) -> Result<i64, Error> {
    let part = i128::from(amount) * i128::from(count) / i128::from(quantity.max(1));
    i64::try_from(part).map_err(|_| Error::AmountTooLarge)
}

/// Divides an amount by the largest remainder; if all weights are 0, by `other` weights. Of two lines with the same
/// fraction, the first gets more.
fn split(amount: Money, weights: &[i64], other: impl Fn() -> Vec<i64>) -> Result<Vec<i64>, Error> {
    let weights = match weights.iter().all(|weight| *weight == 0) {
        true => other(),
        false => weights.to_vec(),
    };
    let sum: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    let amount = i128::from(amount.minor_units());
    let sum = sum.max(1);
    let mut parts: Vec<i128> = weights
        .iter()
        .map(|weight| amount * i128::from(*weight) / sum)
        .collect();
    let mut by_fraction: Vec<usize> = (0..weights.len()).collect();
    by_fraction.sort_by_key(|&line| {
        let fraction = weights
            .get(line)
            .map_or(0, |weight| amount * i128::from(*weight) % sum);
        std::cmp::Reverse(fraction)
    });
    let mut left = amount - parts.iter().sum::<i128>();
    for line in by_fraction {
        if let Some(part) = parts.get_mut(line).filter(|_| left > 0) {
            *part += 1;
            left -= 1;
        }
    }
    let parts = parts
        .into_iter()
        .map(|part| i64::try_from(part).map_err(|_| Error::AmountTooLarge));
    parts.collect()
}

#[cfg(test)]
pub(super) mod tests;

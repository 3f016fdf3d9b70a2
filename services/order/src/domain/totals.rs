//! What a cart or an order costs: its lines, less a discount, plus shipping and tax.

use std::collections::BTreeMap;

use kernel::{BasisPoints, Currency, Money};
use serde::{Deserialize, Serialize};

use super::Error;

/// total = lines - discount + shipping + tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Totals {
    pub(crate) lines: Money,
    pub(crate) discount: Money,
    pub(crate) shipping: Money,
    pub(crate) tax: Money,
    pub(crate) total: Money,
}

impl Totals {
    /// Sums up. Without a destination, shipping and tax are zero.
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
        Self::sum(lines, discount, shipping, tax)
    }

    /// The total of these amounts.
    pub(crate) fn sum(
        lines: Money,
        discount: Money,
        shipping: Money,
        tax: Money,
    ) -> Result<Self, Error> {
        Ok(Self {
            lines,
            discount,
            shipping,
            tax,
            total: lines.minus(discount)?.plus(shipping)?.plus(tax)?,
        })
    }

    /// The sum, amount by amount.
    pub(crate) fn plus(self, other: Self) -> Result<Self, Error> {
        Self::sum(
            self.lines.plus(other.lines)?,
            self.discount.plus(other.discount)?,
            self.shipping.plus(other.shipping)?,
            self.tax.plus(other.tax)?,
        )
    }
}

/// The countries that the shop ships to: `config/destinations.toml`.
#[derive(Debug, Clone)]
pub(crate) struct Destinations(BTreeMap<String, Destination>);

/// The costs of shipping to a country.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Destination {
    shipping: Money,
    free_from: Money,
    tax: BasisPoints,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    currency: Currency,
    countries: BTreeMap<String, Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    shipping_minor: u32,
    free_from_minor: u32,
    tax_basis_points: u32,
}

impl Destinations {
    /// Parses the table.
    pub(crate) fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let table: Table = toml::from_str(text)?;
        let money = |minor: u32| Money::new(i64::from(minor), table.currency);
        let countries = table.countries.into_iter().map(|(country, row)| {
            let destination = Destination {
                shipping: money(row.shipping_minor),
                free_from: money(row.free_from_minor),
                tax: BasisPoints(row.tax_basis_points),
            };
            (country, destination)
        });
        Ok(Self(countries.collect()))
    }

    /// The destination by its country code.
    pub(crate) fn find(&self, country: &str) -> Result<Destination, Error> {
        self.0
            .get(country)
            .copied()
            .ok_or_else(|| Error::DestinationNotServed(country.to_owned()))
    }
}

impl Destination {
    /// The price of shipping goods of this value.
    fn shipping_for(self, goods: Money) -> Result<Money, Error> {
        if goods.currency() != self.shipping.currency() {
            return Err(Error::CurrencyMismatch {
                whole: "the cart",
                currency: goods.currency(),
                part: "shipping".to_owned(),
                other: self.shipping.currency(),
            });
        }
        if goods.minor_units() >= self.free_from.minor_units() {
            return Ok(Money::zero(goods.currency()));
        }
        Ok(self.shipping)
    }
}

#[cfg(test)]
mod tests;

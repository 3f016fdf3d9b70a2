use std::collections::BTreeMap;

use kernel::{BasisPoints, Currency, Money};
use serde::Deserialize;

use super::Error;

/// The countries that the shop ships to: `config/destinations.toml`.
#[derive(Debug, Clone)]
pub(crate) struct Destinations(BTreeMap<String, Destination>);

/// What a country costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Destination {
    shipping: Money,
    free_from: Money,
    pub(crate) tax: BasisPoints,
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
    /// Reads the table.
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
    /// Shipping for goods of this worth.
    pub(crate) fn shipping_for(self, goods: Money) -> Result<Money, Error> {
        if goods.currency() != self.shipping.currency() {
            return Err(Error::CurrencyMismatch);
        }
        if goods.minor_units() >= self.free_from.minor_units() {
            return Ok(Money::zero(goods.currency()));
        }
        Ok(self.shipping)
    }
}

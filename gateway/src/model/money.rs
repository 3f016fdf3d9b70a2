use contracts::types::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{edge::problem::Problem, upstreams::promised};

/// An amount of money. Never a floating point number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Money {
    /// Amount in the currency's minor units: 1299 is 12.99 EUR, or 1299 JPY.
    #[schema(example = 1299)]
    pub(crate) minor_units: i64,
    /// ISO 4217 code.
    #[schema(example = "EUR", pattern = "^[A-Z]{3}$")]
    pub(crate) currency: String,
}

impl From<v1::Money> for Money {
    fn from(money: v1::Money) -> Self {
        Self {
            minor_units: money.minor_units,
            currency: money.currency,
        }
    }
}

impl From<Money> for v1::Money {
    fn from(money: Money) -> Self {
        Self {
            minor_units: money.minor_units,
            currency: money.currency,
        }
    }
}

/// An amount that the contract promises.
pub(super) fn amount(money: Option<v1::Money>, what: &'static str) -> Result<Money, Problem> {
    promised(money, what).map(Money::from)
}

/// A postal address, as it is written on a parcel.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PostalAddress {
    /// Name of the recipient.
    #[schema(example = "Ada Lovelace", min_length = 1, max_length = 100)]
    pub(crate) recipient: String,
    /// Street and house number.
    #[schema(example = "Unter den Linden 1", min_length = 1, max_length = 200)]
    pub(crate) line1: String,
    /// Apartment, floor, company.
    #[serde(default)]
    #[schema(example = "", max_length = 200)]
    pub(crate) line2: String,
    /// City.
    #[schema(example = "Berlin", min_length = 1, max_length = 100)]
    pub(crate) city: String,
    /// State or province, where the country uses one.
    #[serde(default)]
    #[schema(example = "", max_length = 100)]
    pub(crate) region: String,
    /// Postal code.
    #[schema(example = "10117", min_length = 1, max_length = 20)]
    pub(crate) postal_code: String,
    /// ISO 3166-1 alpha-2 code.
    #[schema(example = "DE", pattern = "^[A-Z]{2}$")]
    pub(crate) country: String,
}

impl From<v1::PostalAddress> for PostalAddress {
    fn from(address: v1::PostalAddress) -> Self {
        Self {
            recipient: address.recipient,
            line1: address.line1,
            line2: address.line2,
            city: address.city,
            region: address.region,
            postal_code: address.postal_code,
            country: address.country,
        }
    }
}

impl From<PostalAddress> for v1::PostalAddress {
    fn from(address: PostalAddress) -> Self {
        Self {
            recipient: address.recipient,
            line1: address.line1,
            line2: address.line2,
            city: address.city,
            region: address.region,
            postal_code: address.postal_code,
            country: address.country,
        }
    }
}

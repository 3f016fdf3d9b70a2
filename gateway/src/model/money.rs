use contracts::types::v1;
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

use super::convert::required;
use crate::edge::problem::Problem;

/// An amount of money.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Money {
    /// Amount in the minor units of the currency: 1299 is 12.99 EUR, or 1299 JPY.
    #[schema(example = 1299)]
    pub(crate) minor_units: i64,
    /// ISO 4217 code.
    #[schema(example = "EUR", pattern = "^[A-Z]{3}$")]
    pub(crate) currency: String,
}

/// The price of a product: the schema of an amount.
pub(crate) enum Price {}

impl PartialSchema for Price {
    fn schema() -> RefOr<Schema> {
        bounded(0, Some(1_000_000_000))
    }
}

impl ToSchema for Price {}

/// An amount that is 0 or more.
pub(crate) enum Amount {}

impl PartialSchema for Amount {
    fn schema() -> RefOr<Schema> {
        bounded(0, None)
    }
}

impl ToSchema for Amount {}

/// An amount above 0.
pub(crate) enum PositiveAmount {}

impl PartialSchema for PositiveAmount {
    fn schema() -> RefOr<Schema> {
        bounded(1, None)
    }
}

impl ToSchema for PositiveAmount {}

/// [`Money`] from one number of minor units to another. The services check the bounds.
fn bounded(least: i64, most: Option<i64>) -> RefOr<Schema> {
    let RefOr::T(Schema::Object(mut money)) = Money::schema() else {
        return Money::schema();
    };
    if let Some(RefOr::T(Schema::Object(units))) = money.properties.get_mut("minor_units") {
        units.minimum = Some(least.into());
        units.maximum = most.map(Into::into);
    }
    money.into()
}

/// A required amount.
pub(super) fn amount(money: Option<v1::Money>, what: &'static str) -> Result<Money, Problem> {
    required(money, what).map(Money::from)
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

use contracts::types::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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

//! Conversions between proto values and types of `kernel` and `chrono`.

use chrono::{DateTime, Utc};
use kernel::{Currency, Money, MoneyError};
use prost_types::Timestamp;

use crate::types::v1;

impl From<Money> for v1::Money {
    fn from(money: Money) -> Self {
        Self {
            minor_units: money.minor_units(),
            currency: money.currency().to_string(),
        }
    }
}

impl TryFrom<v1::Money> for Money {
    type Error = MoneyError;

    fn try_from(money: v1::Money) -> Result<Self, MoneyError> {
        let currency: Currency = money.currency.parse()?;
        Ok(Money::new(money.minor_units, currency))
    }
}

/// Converts a time to its proto type.
#[must_use]
pub fn timestamp(time: DateTime<Utc>) -> Timestamp {
    Timestamp {
        seconds: time.timestamp(),
        nanos: i32::try_from(time.timestamp_subsec_nanos()).unwrap_or_default(),
    }
}

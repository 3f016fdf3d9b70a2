use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::Quantity;

/// An error of a calculation with money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// The amounts have different currencies.
    #[error("must be in one currency, not in {0} and {1}")]
    CurrencyMismatch(Currency, Currency),
    /// The result exceeds 64 bits.
    #[error("is too large")]
    Overflow,
    /// The text is not an ISO 4217 code.
    #[error("must be an ISO 4217 currency code")]
    CurrencyUnknown,
}

/// An ISO 4217 currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(iso_currency::Currency::EUR);
    /// The United States dollar.
    pub const USD: Self = Self(iso_currency::Currency::USD);

    /// The alphabetic code: `EUR`.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Whether people pay with it. False for metals, units of account, funds, and the codes for tests and for no
    /// currency.
    pub fn is_payable(self) -> bool {
        self.0.exponent().is_some() && !self.0.is_special() && !self.0.is_fund()
    }

    /// Number of decimal places: 2 for EUR, 0 for JPY.
    pub fn exponent(self) -> u16 {
        self.0.exponent().unwrap_or(0)
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(code: &str) -> Result<Self, MoneyError> {
        iso_currency::Currency::from_code(code)
            .map(Self)
            .ok_or(MoneyError::CurrencyUnknown)
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;

    fn try_from(code: String) -> Result<Self, MoneyError> {
        code.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl JsonSchema for Currency {
    fn schema_name() -> Cow<'static, str> {
        "Currency".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[A-Z]{3}$", "description": "ISO 4217 code"})
    }
}

/// A rate in hundredths of a percent: 1900 is 19 %.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BasisPoints(pub u32);

/// An amount of money in minor units of its currency. May be negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Money {
    minor_units: i64,
    currency: Currency,
}

impl Money {
    /// An amount in minor units: `Money::new(1299, EUR)` is 12.99 EUR.
    pub const fn new(minor_units: i64, currency: Currency) -> Self {
        Self {
            minor_units,
            currency,
        }
    }

    /// The amount 0.
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// The amount in minor units.
    pub const fn minor_units(self) -> i64 {
        self.minor_units
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// True below 0.
    pub const fn is_negative(self) -> bool {
        self.minor_units < 0
    }

    /// True for 0.
    pub const fn is_zero(self) -> bool {
        self.minor_units == 0
    }

    /// The sum.
    ///
    /// # Errors
    /// The currencies differ, or the result overflows.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_add)
    }

    /// The difference.
    ///
    /// # Errors
    /// The currencies differ, or the result overflows.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.combine(other, i64::checked_sub)
    }

    /// The amount multiplied by an integer.
    ///
    /// # Errors
    /// The result overflows.
    pub fn times(self, quantity: Quantity) -> Result<Self, MoneyError> {
        self.minor_units
            .checked_mul(i64::from(quantity.get()))
            .map(|units| Self::new(units, self.currency))
            .ok_or(MoneyError::Overflow)
    }

    /// The amount multiplied by a rate, rounded to the nearest minor unit, halves away from zero.
    ///
    /// # Errors
    /// The result overflows.
    pub fn share(self, share: BasisPoints) -> Result<Self, MoneyError> {
        let product = i128::from(self.minor_units) * i128::from(share.0);
        let half = if product < 0 { -5_000 } else { 5_000 };
        i64::try_from((product + half) / 10_000)
            .map(|units| Self::new(units, self.currency))
            .map_err(|_| MoneyError::Overflow)
    }

    /// The sum of all amounts; 0 in `currency` if there are none.
    ///
    /// # Errors
    /// One has another currency, or the result overflows.
    pub fn sum(
        currency: Currency,
        amounts: impl IntoIterator<Item = Self>,
    ) -> Result<Self, MoneyError> {
        amounts
            .into_iter()
            .try_fold(Self::zero(currency), Self::plus)
    }

    fn combine(
        self,
        other: Self,
        with: impl FnOnce(i64, i64) -> Option<i64>,
    ) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::CurrencyMismatch(self.currency, other.currency));
        }
        with(self.minor_units, other.minor_units)
            .map(|units| Self::new(units, self.currency))
            .ok_or(MoneyError::Overflow)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_negative() { "-" } else { "" };
        let units = self.minor_units.unsigned_abs();
        let places = usize::from(self.currency.exponent());
        match 10_u64.checked_pow(u32::from(self.currency.exponent())) {
            Some(scale) if places > 0 => write!(
                f,
                "{sign}{}.{:0places$} {}",
                units / scale,
                units % scale,
                self.currency
            ),
            _ => write!(f, "{sign}{units} {}", self.currency),
        }
    }
}

#[cfg(test)]
mod tests;

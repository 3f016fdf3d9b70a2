use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A number of units of one SKU, 1 to 999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Quantity(u32);

/// The number is not a valid quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be between 1 and {}", Quantity::MAX)]
pub struct QuantityError;

impl Quantity {
    /// Most units of one line.
    pub const MAX: u32 = 999;

    /// A quantity.
    ///
    /// # Errors
    /// The number is not in 1 to [`Quantity::MAX`].
    pub const fn new(units: u32) -> Result<Self, QuantityError> {
        if units >= 1 && units <= Self::MAX {
            Ok(Self(units))
        } else {
            Err(QuantityError)
        }
    }

    /// The number of units.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// The sum, at most [`Quantity::MAX`].
    pub const fn saturating_add(self, other: Self) -> Self {
        let sum = self.0 + other.0;
        Self(if sum > Self::MAX { Self::MAX } else { sum })
    }
}

impl TryFrom<u32> for Quantity {
    type Error = QuantityError;

    fn try_from(units: u32) -> Result<Self, QuantityError> {
        Self::new(units)
    }
}

impl From<Quantity> for u32 {
    fn from(quantity: Quantity) -> Self {
        quantity.0
    }
}

impl std::fmt::Display for Quantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl JsonSchema for Quantity {
    fn schema_name() -> Cow<'static, str> {
        "Quantity".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 1, "maximum": Quantity::MAX})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_are_one_and_999() {
        for (units, good) in [(0, false), (1, true), (999, true), (1000, false)] {
            assert_eq!(Quantity::new(units).is_ok(), good, "{units}");
        }
    }
}

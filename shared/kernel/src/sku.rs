use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A stock-keeping unit: 1 to 40 upper-case letters, digits and dashes, without a dash at either end.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sku(String);

/// The text is not a SKU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 40 upper case letters, digits and dashes")]
pub struct SkuError;

impl Sku {
    /// Most characters.
    pub const MAX: usize = 40;
    /// The SKUs as a regular expression of ECMA-262.
    pub const PATTERN: &str = "^[A-Z0-9]([A-Z0-9-]{0,38}[A-Z0-9])?$";

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Sku {
    type Error = SkuError;

    fn try_from(text: String) -> Result<Self, SkuError> {
        let allowed = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-';
        let good = (1..=Self::MAX).contains(&text.len())
            && text.bytes().all(allowed)
            && !text.starts_with('-')
            && !text.ends_with('-');
        if good { Ok(Self(text)) } else { Err(SkuError) }
    }
}

impl std::str::FromStr for Sku {
    type Err = SkuError;

    fn from_str(text: &str) -> Result<Self, SkuError> {
        Self::try_from(text.to_owned())
    }
}

impl From<Sku> for String {
    fn from(sku: Sku) -> Self {
        sku.0
    }
}

impl std::fmt::Display for Sku {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl JsonSchema for Sku {
    fn schema_name() -> Cow<'static, str> {
        "Sku".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": Self::PATTERN})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_upper_case_letters_digits_and_inner_dashes() {
        let long = "A".repeat(41);
        for (text, good) in [
            ("COFFEE-250", true),
            ("A", true),
            ("", false),
            ("coffee", false),
            ("A B", false),
            ("-A", false),
            ("A-", false),
            ("Ä", false),
            (long.as_str(), false),
        ] {
            assert_eq!(text.parse::<Sku>().is_ok(), good, "{text:?}");
        }
    }
}

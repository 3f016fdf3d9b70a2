use chrono::{DateTime, Utc};
use kernel::{BasisPoints, Money, Violations};

use super::Error;

/// The most characters that a code has.
pub(crate) const MAX_LENGTH: usize = 40;

/// A share off the lines of a cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Discount {
    pub(crate) code: String,
    pub(crate) share: BasisPoints,
    pub(crate) minimum: Option<Money>,
    pub(crate) valid_from: DateTime<Utc>,
    pub(crate) valid_until: Option<DateTime<Utc>>,
}

impl Discount {
    /// What the code takes off `lines` now.
    pub(crate) fn off(&self, lines: Money, now: DateTime<Utc>) -> Result<Money, Error> {
        if now < self.valid_from {
            return Err(Error::DiscountInvalid("is not valid yet"));
        }
        if self.valid_until.is_some_and(|until| now >= until) {
            return Err(Error::DiscountInvalid("has expired"));
        }
        if let Some(minimum) = self.minimum {
            if minimum.currency() != lines.currency() {
                return Err(Error::DiscountInvalid("is not for this currency"));
            }
            if lines.minor_units() < minimum.minor_units() {
                return Err(Error::DiscountInvalid("needs a larger cart"));
            }
        }
        Ok(lines.share(self.share)?)
    }
}

/// The code as it is stored: without blanks around it, in upper case.
pub(crate) fn normalize_code(code: &str) -> Result<Option<String>, Violations> {
    let mut violations = Violations::new();
    violations.check_text("code", code, 0, MAX_LENGTH);
    let code = code.trim().to_uppercase();
    violations.or((!code.is_empty()).then_some(code))
}

//! Discount codes: what they take off, and when they apply.

use chrono::{DateTime, Utc};
use kernel::{BasisPoints, Money, Violations, values};

use super::Error;

const MAX_BASIS_POINTS: u32 = 10_000;
/// The most uses that a limit can allow.
const MAX_USES: u32 = 1_000_000_000;
/// 10000-01-01T00:00:00Z. Times from then on have no RFC 3339 form.
const YEAR_1: i64 = -62_135_596_800;
const YEAR_10000: i64 = 253_402_300_800;

/// What staff decide about a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Terms {
    /// The share of the lines that it takes off.
    pub(crate) share: BasisPoints,
    /// The lines must come to this much.
    pub(crate) minimum: Option<Money>,
    pub(crate) valid_from: DateTime<Utc>,
    /// The first moment at which it is no longer valid.
    pub(crate) valid_until: Option<DateTime<Utc>>,
    /// The most orders that use it.
    pub(crate) max_uses: Option<u32>,
    /// The most orders of one customer that use it.
    pub(crate) max_uses_per_customer: Option<u32>,
}

/// Requested terms, not validated.
#[derive(Debug, Clone)]
pub(crate) struct TermsDraft<E> {
    pub(crate) basis_points: u32,
    pub(crate) minimum: Option<Result<Money, E>>,
    /// None: now.
    pub(crate) valid_from: Option<DateTime<Utc>>,
    pub(crate) valid_until: Option<DateTime<Utc>>,
    pub(crate) max_uses: Option<u32>,
    pub(crate) max_uses_per_customer: Option<u32>,
}

/// A code as one customer or guest finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Discount {
    /// In upper case.
    pub(crate) code: String,
    pub(crate) terms: Terms,
    /// Orders that use it. An undone order gives its use back.
    pub(crate) uses: u32,
    /// Those of the customer; 0 for a guest, and where no customer is concerned.
    pub(crate) uses_of_customer: u32,
    /// When staff ended it.
    pub(crate) ended_at: Option<DateTime<Utc>>,
    /// Counts changes by staff.
    pub(crate) version: i64,
}

impl Discount {
    /// The amount off `lines` at `now`.
    ///
    /// # Errors
    /// `DiscountInvalid`, whatever the cause: it is the answer about a code that does not exist, too.
    pub(crate) fn off(&self, lines: Money, now: DateTime<Utc>) -> Result<Money, Error> {
        match self.is_valid_at(now) && self.has_a_use_left() && self.is_for(lines) {
            true => Ok(lines.share(self.terms.share)?),
            false => Err(Error::DiscountInvalid),
        }
    }

    fn is_valid_at(&self, now: DateTime<Utc>) -> bool {
        let is_over = |end: Option<DateTime<Utc>>| end.is_some_and(|end| now >= end);
        now >= self.terms.valid_from && !is_over(self.terms.valid_until) && !is_over(self.ended_at)
    }

    fn has_a_use_left(&self) -> bool {
        let is_below = |uses: u32, max: Option<u32>| max.is_none_or(|max| uses < max);
        is_below(self.uses, self.terms.max_uses)
            && is_below(self.uses_of_customer, self.terms.max_uses_per_customer)
    }

    fn is_for(&self, lines: Money) -> bool {
        self.terms.minimum.is_none_or(|minimum| {
            minimum.currency() == lines.currency() && minimum.minor_units() <= lines.minor_units()
        })
    }

    /// Replaces the terms of the code in `version`.
    ///
    /// # Errors
    /// `DiscountEnded`; `DiscountChanged`: it has another version; `Invalid`: fewer uses than it has.
    pub(crate) fn change(mut self, terms: Terms, version: i64) -> Result<Self, Error> {
        if self.ended_at.is_some() {
            return Err(Error::DiscountEnded);
        }
        if self.version != version {
            return Err(Error::DiscountChanged {
                current: self.version,
            });
        }
        if terms.max_uses.is_some_and(|max| max < self.uses) {
            let message = format!("must be at least {}, the uses so far", self.uses);
            return Err(Violations::one("max_uses", message).into());
        }
        self.terms = terms;
        self.version += 1;
        Ok(self)
    }

    /// Ends the code; none if it has ended before.
    pub(crate) fn end(mut self, now: DateTime<Utc>) -> Option<Self> {
        if self.ended_at.is_some() {
            return None;
        }
        self.ended_at = Some(now);
        self.version += 1;
        Some(self)
    }
}

impl Terms {
    /// Checks every term and adds all violations.
    pub(crate) fn check<E: std::fmt::Display>(
        violations: &mut Violations,
        draft: TermsDraft<E>,
        now: DateTime<Utc>,
    ) -> Self {
        let minimum = draft
            .minimum
            .and_then(|minimum| violations.take("minimum", minimum));
        violations.check(
            minimum.is_none_or(|minimum| minimum.minor_units() > 0),
            "minimum",
            "must be more than 0",
        );
        violations.check(
            minimum.is_none_or(|minimum| minimum.currency().is_payable()),
            "minimum",
            "must be in a currency that people pay with",
        );
        violations.check(
            (1..=MAX_BASIS_POINTS).contains(&draft.basis_points),
            "basis_points",
            "must be 1 to 10000",
        );
        for (field, max) in [
            ("max_uses", draft.max_uses),
            ("max_uses_per_customer", draft.max_uses_per_customer),
        ] {
            violations.check(
                max.is_none_or(|max| (1..=MAX_USES).contains(&max)),
                field,
                "must be 1 to 1000000000",
            );
        }
        let valid_from = draft.valid_from.unwrap_or(now);
        for (field, time) in [
            ("valid_from", Some(valid_from)),
            ("valid_until", draft.valid_until),
        ] {
            violations.check(
                time.is_none_or(|time| (YEAR_1..YEAR_10000).contains(&time.timestamp())),
                field,
                "must be between the years 1 and 9999",
            );
        }
        violations.check(
            draft.valid_until.is_none_or(|until| until > valid_from),
            "valid_until",
            "must be after valid_from",
        );
        Self {
            share: BasisPoints(draft.basis_points),
            minimum,
            valid_from,
            valid_until: draft.valid_until,
            max_uses: draft.max_uses,
            max_uses_per_customer: draft.max_uses_per_customer,
        }
    }
}

/// The code as it is stored: normalized, in upper case; none for an empty one.
pub(crate) fn normalize_code(code: &str) -> Result<Option<String>, Violations> {
    let mut violations = Violations::new();
    let code = violations.value("code", code, values::DISCOUNT_CODE);
    let code = code.to_ascii_uppercase();
    violations.or((!code.is_empty()).then_some(code))
}

/// A new code as it is stored. It can be typed, and is a segment of a URL.
pub(crate) fn check_new_code(violations: &mut Violations, code: &str) -> String {
    violations
        .value("code", code.trim(), values::NEW_DISCOUNT_CODE)
        .to_ascii_uppercase()
}

#[cfg(test)]
pub(super) mod tests;

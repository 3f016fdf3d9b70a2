use chrono::{DateTime, Utc};
use contracts::order::v1;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    convert::{convert_all, optional_text, optional_time, required, time},
    money::{Money, PositiveAmount},
    time::Time,
};
use crate::edge::problem::Problem;

/// A discount code with its terms and uses.
#[derive(Serialize, ToSchema)]
pub(crate) struct DiscountCode {
    /// The code, in upper case.
    #[schema(example = "WELCOME10")]
    pub(crate) code: String,
    /// Hundredths of a percent off the lines: 1000 takes 10 % off.
    #[schema(example = 1000)]
    pub(crate) basis_points: u32,
    /// The lines must come to this much; absent: any amount, in any currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) minimum: Option<Money>,
    /// The first moment at which it is valid.
    pub(crate) valid_from: DateTime<Utc>,
    /// The first moment at which it is no longer valid; absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) valid_until: Option<DateTime<Utc>>,
    /// Most orders that use it; absent: any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_uses: Option<u32>,
    /// Most orders of one customer that use it; absent: any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max_uses_per_customer: Option<u32>,
    /// Orders that use it, rejected and cancelled ones not counted.
    #[schema(example = 117)]
    pub(crate) uses: u32,
    /// When staff ended it; absent: they did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ended_at: Option<DateTime<Utc>>,
    /// Counts changes by staff; the `ETag` of the code.
    #[schema(example = 1)]
    pub(crate) version: i64,
}

/// One page of discount codes.
#[derive(Serialize, ToSchema)]
pub(crate) struct DiscountCodes {
    /// In alphabetical order.
    #[serde(rename = "items")]
    pub(crate) discounts: Vec<DiscountCode>,
    /// Token of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "CiQwMTk4YzBkZQ.1Zp0")]
    pub(crate) next_page_token: Option<String>,
}

/// A discount code to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewDiscountCode {
    /// Letters A to Z, digits and dashes; stored in upper case.
    #[schema(example = "SPRING-26", format = "new-discount-code")]
    pub(crate) code: String,
    /// Hundredths of a percent off the lines: 1000 takes 10 % off.
    #[schema(example = 1000, minimum = 1, maximum = 10_000)]
    pub(crate) basis_points: u32,
    /// The lines must come to this much; absent: any amount, in any currency.
    #[schema(value_type = Option<PositiveAmount>)]
    pub(crate) minimum: Option<Money>,
    /// The first moment at which it is valid; absent: now.
    pub(crate) valid_from: Option<Time>,
    /// The first moment at which it is no longer valid; absent: never.
    pub(crate) valid_until: Option<Time>,
    /// Most orders that use it; absent: any number.
    #[schema(example = 500, minimum = 1, maximum = 1_000_000_000)]
    pub(crate) max_uses: Option<u32>,
    /// Most orders of one customer that use it; absent: any number.
    #[schema(example = 1, minimum = 1, maximum = 1_000_000_000)]
    pub(crate) max_uses_per_customer: Option<u32>,
    /// Why, for the audit.
    #[schema(example = "spring campaign", format = "reason")]
    pub(crate) reason: String,
}

/// What staff can change of a discount code, and why they do.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DiscountChange {
    /// Hundredths of a percent off the lines: 1000 takes 10 % off.
    #[schema(example = 1000, minimum = 1, maximum = 10_000)]
    pub(crate) basis_points: u32,
    /// The lines must come to this much; absent: any amount, in any currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<PositiveAmount>)]
    pub(crate) minimum: Option<Money>,
    /// The first moment at which it is valid; absent: now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) valid_from: Option<Time>,
    /// The first moment at which it is no longer valid; absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) valid_until: Option<Time>,
    /// Most orders that use it, not below the uses so far; absent: any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 500, minimum = 1, maximum = 1_000_000_000)]
    pub(crate) max_uses: Option<u32>,
    /// Most orders of one customer that use it; absent: any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = 1, minimum = 1, maximum = 1_000_000_000)]
    pub(crate) max_uses_per_customer: Option<u32>,
    /// Why, for the audit.
    #[serde(default)]
    #[schema(example = "spring campaign", format = "reason", required)]
    pub(crate) reason: String,
}

impl From<DiscountCode> for DiscountChange {
    fn from(code: DiscountCode) -> Self {
        Self {
            basis_points: code.basis_points,
            minimum: code.minimum,
            valid_from: Some(Time(code.valid_from)),
            valid_until: code.valid_until.map(Time),
            max_uses: code.max_uses,
            max_uses_per_customer: code.max_uses_per_customer,
            reason: String::new(),
        }
    }
}

impl NewDiscountCode {
    /// The request to create it.
    pub(crate) fn into_request(self) -> v1::CreateDiscountRequest {
        v1::CreateDiscountRequest {
            code: self.code,
            terms: Some(v1::DiscountTerms {
                basis_points: self.basis_points,
                minimum: self.minimum.map(Into::into),
                valid_from: self.valid_from.map(Into::into),
                valid_until: self.valid_until.map(Into::into),
                max_uses: self.max_uses,
                max_uses_per_customer: self.max_uses_per_customer,
            }),
            reason: self.reason,
        }
    }
}

impl DiscountChange {
    /// The request to change the code.
    pub(crate) fn into_request(self, code: String, version: i64) -> v1::UpdateDiscountRequest {
        v1::UpdateDiscountRequest {
            code,
            terms: Some(v1::DiscountTerms {
                basis_points: self.basis_points,
                minimum: self.minimum.map(Into::into),
                valid_from: self.valid_from.map(Into::into),
                valid_until: self.valid_until.map(Into::into),
                max_uses: self.max_uses,
                max_uses_per_customer: self.max_uses_per_customer,
            }),
            version,
            reason: self.reason,
        }
    }
}

impl TryFrom<v1::Discount> for DiscountCode {
    type Error = Problem;

    fn try_from(discount: v1::Discount) -> Result<Self, Problem> {
        let terms = required(discount.terms, "Discount.terms")?;
        Ok(Self {
            code: discount.code,
            basis_points: terms.basis_points,
            minimum: terms.minimum.map(Money::from),
            valid_from: time(terms.valid_from, "DiscountTerms.valid_from")?,
            valid_until: optional_time(terms.valid_until),
            max_uses: terms.max_uses,
            max_uses_per_customer: terms.max_uses_per_customer,
            uses: discount.uses,
            ended_at: optional_time(discount.ended_at),
            version: discount.version,
        })
    }
}

impl TryFrom<v1::ListDiscountsResponse> for DiscountCodes {
    type Error = Problem;

    fn try_from(reply: v1::ListDiscountsResponse) -> Result<Self, Problem> {
        Ok(Self {
            discounts: convert_all(reply.discounts)?,
            next_page_token: optional_text(reply.next_page_token),
        })
    }
}

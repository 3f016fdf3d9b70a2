//! The terms of a discount code as the fields of a form.

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::{
    edge::problem::Problem,
    model::{DiscountChange, DiscountCode, Time},
    pages::{amount, field_errors::FieldErrors, format, staff::draft::Draft},
};

/// Names of the fields, and their labels.
pub(super) const LABELS: [(&str, &str); 7] = [
    ("percent", "Percent off"),
    ("minimum", "Minimum"),
    ("currency", "Currency of the minimum"),
    ("valid_from", "Valid from"),
    ("valid_until", "Valid until"),
    ("max_uses", "Uses at most"),
    ("max_uses_per_customer", "Uses per customer at most"),
];
/// Names of the fields in the API, and in the form.
const FIELDS: [(&str, &str); 4] = [
    ("basis_points", "percent"),
    ("minimum.minor_units", "minimum"),
    ("minimum.currency", "currency"),
    ("minimum", "minimum"),
];
/// Hundredths of a percent that are 100 %.
const ALL: u32 = 10_000;

/// The form of a code that is saved.
pub(super) fn draft(discount: &DiscountCode) -> Draft {
    let minimum = discount.minimum.as_ref();
    let number = |number: Option<u32>| number.map_or_else(String::new, |number| number.to_string());
    let values = [
        percent(discount.basis_points),
        minimum.map(format::decimal).unwrap_or_default(),
        minimum
            .map(|minimum| minimum.currency.clone())
            .unwrap_or_default(),
        local(discount.valid_from),
        discount.valid_until.map(local).unwrap_or_default(),
        number(discount.max_uses),
        number(discount.max_uses_per_customer),
    ];
    Draft::saved(&LABELS, values)
}

/// Hundredths of a percent without useless zeros: `10`, `12.5`.
pub(super) fn percent(basis_points: u32) -> String {
    let text = format!("{}.{:02}", basis_points / 100, basis_points % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// As `<input type="datetime-local">` has it, in UTC.
fn local(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%dT%H:%M:%S").to_string()
}

/// What was typed. Times that are as they are saved keep what the form does not show of them.
pub(super) fn read(
    typed: &Draft,
    saved: Option<&DiscountCode>,
    reason: String,
) -> Result<DiscountChange, FieldErrors> {
    let mut errors = FieldErrors::default();
    let mut wrong = |field: &str, text: &str| {
        let known = std::mem::take(&mut errors);
        errors = known.and(field, text);
    };
    let basis_points = amount::decimal(typed.get("percent"), 2);
    let basis_points = basis_points.and_then(|points| u32::try_from(points).ok());
    let basis_points = basis_points.filter(|points| (1..=ALL).contains(points));
    if basis_points.is_none() {
        wrong(
            "percent",
            "Percent off must be a number from 0.01 to 100 such as 12.5",
        );
    }
    let currency = typed.get("currency").to_uppercase();
    let minimum = match typed.get("minimum") {
        "" => None,
        text => {
            let minimum = amount::parse(text, &currency);
            match (&minimum, currency.is_empty()) {
                (None, true) => wrong("currency", "Currency is needed for a minimum, such as EUR"),
                (None, false) => wrong("minimum", "Minimum must be an amount such as 20.00"),
                _ => {}
            }
            minimum
        }
    };
    let mut time = |field: &'static str, label: &str, saved: Option<DateTime<Utc>>| {
        let text = typed.get(field);
        let is_saved = saved.is_some_and(|saved| local(saved) == text);
        let time = if is_saved { saved } else { parse(text) };
        if time.is_none() && !text.is_empty() {
            let expected = "must be a day and time such as 2026-12-24T18:00";
            wrong(field, &format!("{label} {expected}"));
        }
        time.map(Time)
    };
    let saved_from = saved.map(|saved| saved.valid_from);
    let valid_from = time("valid_from", "Valid from", saved_from);
    let saved_until = saved.and_then(|saved| saved.valid_until);
    let valid_until = time("valid_until", "Valid until", saved_until);
    let mut number = |field: &'static str, label: &str| match typed.get(field) {
        "" => None,
        text => {
            let number = text.parse::<u32>().ok();
            if number.is_none() {
                wrong(field, &format!("{label} must be a whole number, or empty"));
            }
            number
        }
    };
    let max_uses = number("max_uses", "Uses at most");
    let max_uses_per_customer = number("max_uses_per_customer", "Uses per customer at most");
    match basis_points {
        Some(basis_points) if errors.is_empty() => Ok(DiscountChange {
            basis_points,
            minimum,
            valid_from,
            valid_until,
            max_uses,
            max_uses_per_customer,
            reason,
        }),
        _ => Err(errors),
    }
}

/// A time of a field, in UTC.
fn parse(text: &str) -> Option<DateTime<Utc>> {
    let formats = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"];
    let mut times = formats.iter();
    let time = times.find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    time.map(|time| time.and_utc())
}

/// What the service says is wrong with the fields.
pub(super) fn explained(problem: Problem) -> FieldErrors {
    let named = FIELDS
        .iter()
        .fold(problem, |problem, (api, field)| problem.rename(api, field));
    let others = [("code", "The code"), ("reason", "The reason")];
    let labels = [&LABELS[..], &others[..]].concat();
    FieldErrors::of(&named, &labels)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn a_share_is_written_without_useless_zeros() {
        for (points, text) in [(1_000, "10"), (1_250, "12.5"), (1, "0.01"), (10_000, "100")] {
            assert_eq!(percent(points), text);
            assert_eq!(amount::decimal(text, 2), Some(points.into()));
        }
    }

    #[test]
    fn a_time_that_is_not_changed_keeps_its_fractions() {
        let at = DateTime::from_timestamp(1_795_000_000, 500_000_000).unwrap();
        let saved = DiscountCode {
            code: "SPRING-26".to_owned(),
            basis_points: 1_000,
            minimum: None,
            valid_from: at,
            valid_until: None,
            max_uses: None,
            max_uses_per_customer: Some(1),
            uses: 0,
            ended_at: None,
            version: 1,
        };
        let mut typed = draft(&saved);
        let change = read(&typed, Some(&saved), String::new()).unwrap();
        assert_eq!(change.valid_from.unwrap().0, at);
        typed.set("valid_from", "2026-12-24T18:00".to_owned());
        let change = read(&typed, Some(&saved), String::new()).unwrap();
        let time = "2026-12-24T18:00:00Z".parse::<Time>().unwrap();
        assert_eq!(change.valid_from.unwrap().0, time.0);
    }

    #[test]
    fn every_field_that_is_wrong_is_named() {
        let mut typed = Draft::empty(&LABELS);
        for (field, value) in [
            ("percent", "101"),
            ("minimum", "20"),
            ("valid_from", "tomorrow"),
            ("valid_until", "2026-02-30T10:00"),
            ("max_uses", "-1"),
            ("max_uses_per_customer", "many"),
        ] {
            typed.set(field, value.to_owned());
        }
        let errors = read(&typed, None, String::new()).err().unwrap();
        let fields: Vec<_> = errors
            .all()
            .iter()
            .map(|error| error.field.as_str())
            .collect();
        let expected = [
            "percent",
            "currency",
            "valid_from",
            "valid_until",
            "max_uses",
            "max_uses_per_customer",
        ];
        assert_eq!(fields, expected);
    }
}

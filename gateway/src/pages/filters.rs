//! How the templates write amounts, times and counts: `{{ line.total|money }}`.
#![expect(unreachable_pub, reason = "askama's macro makes them public")]

use askama::Values;
use chrono::{DateTime, Utc};

use super::format;
use crate::model::Money;

/// `€1,234.50`, with the decimal places of the currency.
#[askama::filter_fn]
pub(crate) fn money(money: &Money, _: &dyn Values) -> askama::Result<String> {
    Ok(format::money(money))
}

/// `30 November 2026`.
#[askama::filter_fn]
pub(crate) fn date(time: &DateTime<Utc>, _: &dyn Values) -> askama::Result<String> {
    Ok(format::date(*time))
}

/// `30 November 2026, 10:31 UTC`.
#[askama::filter_fn]
pub(crate) fn date_time(time: &DateTime<Utc>, _: &dyn Values) -> askama::Result<String> {
    Ok(format::time(*time))
}

/// `10:31:04.512`, in UTC.
#[askama::filter_fn]
pub(crate) fn clock(time: &DateTime<Utc>, _: &dyn Values) -> askama::Result<String> {
    Ok(format::clock(*time))
}

/// `30 November 2026, 10:31:04.512 UTC`.
#[askama::filter_fn]
pub(crate) fn moment(time: &DateTime<Utc>, _: &dyn Values) -> askama::Result<String> {
    Ok(format!(
        "{}, {} UTC",
        format::date(*time),
        format::clock(*time)
    ))
}

/// For `<time datetime>`.
#[askama::filter_fn]
pub(crate) fn machine_time(time: &DateTime<Utc>, _: &dyn Values) -> askama::Result<String> {
    Ok(format::machine_time(*time))
}

/// `1 item`, `2 items`.
#[askama::filter_fn]
pub(crate) fn count(count: &u32, _: &dyn Values, one: &str, many: &str) -> askama::Result<String> {
    Ok(format::count(*count, one, many))
}

/// `1,234,567`.
#[askama::filter_fn]
pub(crate) fn number(number: impl ToString, _: &dyn Values) -> askama::Result<String> {
    let text = number.to_string();
    Ok(text.parse::<u64>().map_or(text, format::number))
}

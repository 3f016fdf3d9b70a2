//! Lists in Stripe's form: newest first, page by page.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::book::{Look, Slice, Things};
use crate::error::ApiError;
use crate::form::Form;

/// The parameters of every list.
pub(super) const PAGING: [&str; 4] = ["created", "ending_before", "limit", "starting_after"];
/// Seconds by which the time in an id may differ from the time in what it names.
const SLACK_S: i64 = 2;

/// What is listed, and how.
pub(super) struct Listing<T> {
    pub(super) things: Things,
    /// `pi`, in front of each id.
    pub(super) prefix: &'static str,
    pub(super) url: &'static str,
    pub(super) created: fn(&T) -> i64,
    pub(super) view: fn(&T) -> Value,
}

/// One page of the things that are `wanted`.
pub(super) fn page<T: DeserializeOwned>(
    look: &Look,
    form: &Form,
    listing: &Listing<T>,
    wanted: impl Fn(&T) -> bool,
) -> Result<Value, ApiError> {
    let limit = limit(form)?;
    let (after, before) = (form.text("starting_after"), form.text("ending_before"));
    if after.is_some() && before.is_some() {
        return Err(ApiError::parameter(
            "parameter_unknown",
            "ending_before",
            "starting_after and ending_before cannot be used together.",
        ));
    }
    for (name, id) in [("starting_after", after), ("ending_before", before)] {
        let Some(id) = id else { continue };
        if look.find::<Value>(listing.things, id)?.is_none() {
            let message = format!("No such object: '{id}'");
            return Err(ApiError::parameter("resource_missing", name, message));
        }
    }
    let (from, to) = created(form)?;
    let mut slice = Slice {
        low: before.map(str::to_owned),
        high: after.map(str::to_owned),
        oldest_first: before.is_some(),
        // One more says whether there are more.
        limit: limit + 1,
    };
    if let Some(from) = from {
        let low = id_at(listing.prefix, from.saturating_sub(SLACK_S));
        slice.low = slice.low.max(Some(low));
    }
    if let Some(to) = to {
        let high = id_at(listing.prefix, to.saturating_add(SLACK_S));
        slice.high = Some(slice.high.map_or(high.clone(), |id| id.min(high)));
    }
    let mut found = look.slice(listing.things, &slice, |thing| {
        let created = (listing.created)(thing);
        from.is_none_or(|from| created >= from)
            && to.is_none_or(|to| created <= to)
            && wanted(thing)
    })?;
    let has_more = found.len() > limit;
    found.truncate(limit);
    if slice.oldest_first {
        found.reverse();
    }
    let data: Vec<_> = found.iter().map(listing.view).collect();
    Ok(json!({ "object": "list", "url": listing.url, "has_more": has_more, "data": data }))
}

fn limit(form: &Form) -> Result<usize, ApiError> {
    match form.integer("limit")? {
        None => Ok(10),
        Some(limit) => usize::try_from(limit)
            .ok()
            .filter(|limit| (1..=100).contains(limit))
            .ok_or_else(|| {
                ApiError::parameter(
                    "parameter_invalid_integer",
                    "limit",
                    "This value must be between 1 and 100.",
                )
            }),
    }
}

/// The first and the last second that are wanted: `created=..`, `created[gte]=..`.
fn created(form: &Form) -> Result<(Option<i64>, Option<i64>), ApiError> {
    if let Some(second) = form.integer("created")? {
        return Ok((Some(second), Some(second)));
    }
    let after = form.integer("created[gt]")?.map(|at| at.saturating_add(1));
    let before = form.integer("created[lt]")?.map(|at| at.saturating_sub(1));
    let from = form.integer("created[gte]")?.max(after);
    let to = match (form.integer("created[lte]")?, before) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    Ok((from, to))
}

/// Where ids made at this second begin: UUIDv7 starts with the milliseconds.
fn id_at(prefix: &str, second: i64) -> String {
    let millis = u64::try_from(second.saturating_mul(1_000)).unwrap_or_default();
    format!("{prefix}_{millis:012x}")
}

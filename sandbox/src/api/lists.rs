//! Lists as in Stripe's API: newest first, paginated by object id.

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::error::ApiError;
use crate::form::Form;
use crate::store::{IdRange, Snapshot, Table};

/// The parameters of every list.
pub(super) const PAGING: [&str; 4] = ["created", "ending_before", "limit", "starting_after"];
/// Most seconds by which the time in an id may differ from the `created` of its object.
const TOLERANCE_S: i64 = 2;

/// A kind of object that can be listed.
pub(super) struct Listing<T> {
    pub(super) table: Table,
    /// Prefix of its ids, such as `pi`.
    pub(super) prefix: &'static str,
    pub(super) url: &'static str,
    pub(super) created: fn(&T) -> i64,
    pub(super) view: fn(&T) -> Value,
}

/// One page of the objects that pass the filter.
pub(super) fn page<T: DeserializeOwned>(
    snapshot: &Snapshot,
    form: &Form,
    listing: &Listing<T>,
    filter: impl Fn(&T) -> bool,
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
        if snapshot.find::<Value>(listing.table, id)?.is_none() {
            let message = format!("No such object: '{id}'");
            return Err(ApiError::parameter("resource_missing", name, message));
        }
    }
    let (from, to) = created(form)?;
    let mut ids = IdRange {
        low: before.map(str::to_owned),
        high: after.map(str::to_owned),
        oldest_first: before.is_some(),
        // One more than the page holds, for `has_more`.
        limit: limit + 1,
    };
    if let Some(from) = from {
        let low = id_at(listing.prefix, from.saturating_sub(TOLERANCE_S));
        ids.low = ids.low.max(Some(low));
    }
    if let Some(to) = to {
        let high = id_at(listing.prefix, to.saturating_add(TOLERANCE_S));
        ids.high = Some(ids.high.map_or(high.clone(), |id| id.min(high)));
    }
    let mut found = snapshot.list(listing.table, &ids, |object| {
        let created = (listing.created)(object);
        from.is_none_or(|from| created >= from)
            && to.is_none_or(|to| created <= to)
            && filter(object)
    })?;
    let has_more = found.len() > limit;
    found.truncate(limit);
    if ids.oldest_first {
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

/// The first and the last second of the `created` filter: `created=..`, `created[gte]=..`.
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

/// The smallest possible id of this second: a UUIDv7 begins with the time in milliseconds.
fn id_at(prefix: &str, second: i64) -> String {
    let millis = u64::try_from(second.saturating_mul(1_000)).unwrap_or_default();
    format!("{prefix}_{millis:012x}")
}

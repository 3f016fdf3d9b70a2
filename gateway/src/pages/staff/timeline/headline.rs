//! How far the order got, and how long it took, in one line.

use chrono::{DateTime, Utc};
use contracts::TimelineKind as Kind;

use super::{Input, duration};

/// `Placed → confirmed in 43 ms`.
pub(super) fn of(input: &Input<'_>) -> String {
    let Some(placed) = at(input, Kind::Placed) else {
        return "The timeline has no entry yet".to_owned();
    };
    let ends = [
        (Kind::Confirmed, "confirmed"),
        (Kind::Rejected, "rejected"),
        (Kind::Cancelled, "canceled"),
    ];
    let first = ends
        .iter()
        .find_map(|(kind, name)| Some((at(input, *kind)?, *name)));
    let Some((end, name)) = first else {
        return format!("In checkout for {}", duration::text(input.now - placed));
    };
    let mut text = format!("Placed → {name} in {}", duration::text(end - placed));
    let later = [
        (Kind::Cancelled, "canceled"),
        (Kind::Delivered, "delivered"),
        (Kind::Shipped, "shipped"),
    ];
    let later = later
        .iter()
        .find_map(|(kind, name)| Some((at(input, *kind)?, *name)));
    if let Some((at, name)) = later.filter(|(at, _)| *at > end) {
        text.push_str(&format!(", {name} after {}", duration::text(at - placed)));
    }
    text
}

fn at(input: &Input<'_>, kind: Kind) -> Option<DateTime<Utc>> {
    let mut entries = input.entries.iter();
    let found = entries.find(|entry| entry.kind == kind.as_str());
    found.map(|entry| entry.at)
}

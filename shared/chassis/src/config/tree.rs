//! Keys as paths (`grpc.listen`) into the tables of a configuration.

use ::config::{Value, ValueKind};

/// Why a key of a configuration does not fit its defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mismatch {
    /// The defaults do not have the key.
    Unknown,
    /// The default is a table, the value is not.
    NotATable,
}

/// Gives `merged` the shape of the defaults: removes unknown keys, and puts the default of a table in the place of
/// another value. Returns the path of each of these keys.
pub(super) fn fit(merged: &mut Value, defaults: &Value) -> Vec<(String, Mismatch)> {
    let mut mismatches = Vec::new();
    walk("", merged, defaults, &mut mismatches);
    mismatches
}

fn walk(path: &str, merged: &mut Value, defaults: &Value, found: &mut Vec<(String, Mismatch)>) {
    let ValueKind::Table(default_values) = &defaults.kind else {
        return;
    };
    let ValueKind::Table(values) = &mut merged.kind else {
        found.push((path.to_owned(), Mismatch::NotATable));
        *merged = defaults.clone();
        return;
    };
    values.retain(|name, value| {
        let path = join(path, name);
        let Some(default) = default_values.get(name) else {
            found.push((path, Mismatch::Unknown));
            return false;
        };
        walk(&path, value, default, found);
        true
    });
}

/// Puts the default of a key in the place of its value; false if there is none.
pub(super) fn restore(merged: &mut Value, defaults: &Value, key: &str) -> bool {
    let mut target = merged;
    let mut default = defaults;
    for name in key.split('.') {
        let (ValueKind::Table(targets), ValueKind::Table(defaults)) =
            (&mut target.kind, &default.kind)
        else {
            return false;
        };
        let (Some(next), Some(next_default)) = (targets.get_mut(name), defaults.get(name)) else {
            return false;
        };
        (target, default) = (next, next_default);
    }
    *target = default.clone();
    true
}

/// The keys that exist in the table of `key`, sorted.
pub(super) fn siblings(defaults: &Value, key: &str) -> Vec<String> {
    keys(
        defaults,
        key.rsplit_once('.').map_or("", |(parents, _)| parents),
    )
}

/// The keys that exist in a table, sorted.
pub(super) fn keys(defaults: &Value, path: &str) -> Vec<String> {
    let mut table = defaults;
    for name in path.split('.').filter(|name| !name.is_empty()) {
        match &table.kind {
            ValueKind::Table(inner) if inner.contains_key(name) => table = &inner[name],
            _ => return Vec::new(),
        }
    }
    let ValueKind::Table(table) = &table.kind else {
        return Vec::new();
    };
    let mut names: Vec<String> = table.keys().cloned().collect();
    names.sort();
    names
}

pub(super) fn join(prefix: &str, field: &str) -> String {
    match (prefix.is_empty(), field.is_empty()) {
        (true, _) => field.to_owned(),
        (_, true) => prefix.to_owned(),
        _ => format!("{prefix}.{field}"),
    }
}

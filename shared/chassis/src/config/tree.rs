//! Keys as paths (`grpc.listen`) into the tables of a configuration.

use ::config::{Value, ValueKind};

/// Removes the keys that the defaults do not have, and returns their paths, sorted.
pub(super) fn remove_unknown(merged: &mut Value, defaults: &Value) -> Vec<String> {
    let mut unknown = Vec::new();
    walk("", merged, defaults, &mut unknown);
    unknown.sort();
    unknown
}

fn walk(path: &str, merged: &mut Value, defaults: &Value, unknown: &mut Vec<String>) {
    let (ValueKind::Table(merged), ValueKind::Table(defaults)) = (&mut merged.kind, &defaults.kind)
    else {
        return;
    };
    merged.retain(|name, value| {
        let path = join(path, name);
        match defaults.get(name) {
            Some(default) => walk(&path, value, default, unknown),
            None => unknown.push(path),
        }
        defaults.contains_key(name)
    });
}

/// Puts the default of a table in the place of a value that is not a table, and returns the paths of these
/// tables, sorted.
pub(super) fn restore_tables(merged: &mut Value, defaults: &Value) -> Vec<String> {
    let mut restored = Vec::new();
    walk_tables("", merged, defaults, &mut restored);
    restored.sort();
    restored
}

fn walk_tables(path: &str, merged: &mut Value, defaults: &Value, restored: &mut Vec<String>) {
    let ValueKind::Table(default_values) = &defaults.kind else {
        return;
    };
    let ValueKind::Table(values) = &mut merged.kind else {
        restored.push(path.to_owned());
        *merged = defaults.clone();
        return;
    };
    for (name, value) in values {
        if let Some(default) = default_values.get(name) {
            walk_tables(&join(path, name), value, default, restored);
        }
    }
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

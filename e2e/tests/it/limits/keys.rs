//! The numeric keys of the default configurations, with their comments.

use std::collections::BTreeMap;
use std::fmt::Write;

use chassis::About;

/// A key with its value and the comment above it.
struct Key {
    name: String,
    value: String,
    comment: String,
}

pub(super) fn write(page: &mut String, processes: &[About]) {
    let all: Vec<(&str, Vec<Key>)> = processes
        .iter()
        .map(|about| (about.name, numeric(about.defaults)))
        .collect();
    let mut users: BTreeMap<&str, usize> = BTreeMap::new();
    for key in all.iter().flat_map(|(_, keys)| keys) {
        *users.entry(key.name.as_str()).or_default() += 1;
    }
    let is_shared = |name: &str| users.get(name).is_some_and(|users| *users > 1);

    page.push_str(
        "## Keys that several processes have\n\n| key | value | meaning |\n|---|---|---|\n",
    );
    let mut written: Vec<&str> = Vec::new();
    for (_, keys) in &all {
        for key in keys.iter().filter(|key| is_shared(&key.name)) {
            if written.contains(&key.name.as_str()) {
                continue;
            }
            written.push(&key.name);
            let values = values(&all, &key.name);
            let comment = comment(&all, key);
            writeln!(page, "| `{}` | {values} | {comment} |", key.name).unwrap();
        }
    }
    for (process, keys) in &all {
        let own: Vec<&Key> = keys.iter().filter(|key| !is_shared(&key.name)).collect();
        if own.is_empty() {
            continue;
        }
        write!(
            page,
            "\n## Keys of {process}\n\n| key | value | meaning |\n|---|---|---|\n"
        )
        .unwrap();
        for key in own {
            let comment = comment(&all, key);
            writeln!(page, "| `{}` | {} | {comment} |", key.name, key.value).unwrap();
        }
    }
    page.push('\n');
}

/// The comment of a key, or that of the same key of another process or upstream.
fn comment<'a>(all: &'a [(&str, Vec<Key>)], key: &'a Key) -> &'a str {
    let upstream = |name: &str| {
        let rest = name.strip_prefix("upstreams.")?;
        Some(rest.split_once('.')?.1.to_owned())
    };
    let is_same = |other: &&Key| {
        let both = (upstream(&other.name), upstream(&key.name));
        other.name == key.name || matches!(both, (Some(one), Some(other)) if one == other)
    };
    std::iter::once(key)
        .chain(all.iter().flat_map(|(_, keys)| keys).filter(is_same))
        .map(|key| key.comment.as_str())
        .find(|comment| !comment.is_empty())
        .unwrap_or_else(|| panic!("{} has no comment", key.name))
}

/// One value if all processes have the same, else each with its process.
fn values(all: &[(&str, Vec<Key>)], name: &str) -> String {
    let values: Vec<(&str, &str)> = all
        .iter()
        .filter_map(|(process, keys)| {
            let key = keys.iter().find(|key| key.name == name)?;
            Some((*process, key.value.as_str()))
        })
        .collect();
    match values.as_slice() {
        [(_, first), rest @ ..] if rest.iter().all(|(_, value)| value == first) => {
            (*first).to_owned()
        }
        _ => {
            let each = values
                .iter()
                .map(|(process, value)| format!("{process} {value}"));
            each.collect::<Vec<_>>().join("<br>")
        }
    }
}

/// Keys whose value is a number, or a table of numbers.
fn numeric(defaults: &str) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut section = String::new();
    let mut comment = String::new();
    for line in defaults.lines() {
        if let Some(text) = line.strip_prefix('#') {
            comment = format!("{comment} {}", text.trim()).trim().to_owned();
        } else if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
            comment.clear();
        } else if let Some((name, value)) = line.split_once(" = ") {
            if value.starts_with(|first: char| first.is_ascii_digit())
                || value.contains("per_minute")
            {
                keys.push(Key {
                    name: format!("{section}.{name}"),
                    value: grouped(value),
                    comment: comment.clone(),
                });
            }
            comment.clear();
        } else {
            comment.clear();
        }
    }
    keys
}

/// `86400000` as `86,400,000`.
pub(super) fn grouped(value: &str) -> String {
    if value.len() < 5 || !value.chars().all(|c| c.is_ascii_digit()) {
        return value.to_owned();
    }
    let digits: Vec<char> = value.chars().collect();
    let groups = digits.rchunks(3).rev();
    groups
        .map(|group| group.iter().collect::<String>())
        .collect::<Vec<_>>()
        .join(",")
}

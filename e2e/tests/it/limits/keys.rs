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
            let comment = all
                .iter()
                .flat_map(|(_, keys)| keys)
                .find(|it| it.name == key.name && !it.comment.is_empty())
                .map_or("", |it| it.comment.as_str());
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
            writeln!(page, "| `{}` | {} | {} |", key.name, key.value, key.comment).unwrap();
        }
    }
    page.push('\n');
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
    let mut last_was_key = false;
    for line in defaults.lines() {
        if let Some(text) = line.strip_prefix('#') {
            if last_was_key {
                comment.clear();
            }
            comment = format!("{comment} {}", text.trim()).trim().to_owned();
            last_was_key = false;
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
            last_was_key = true;
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

//! Migrations: numbered, reversible, and the messaging tables the same everywhere.

use std::collections::BTreeMap;

use super::{Finding, Source};

/// The outbox and inbox tables, the first migration of every service.
const MESSAGING: &str = "20261122000001_messaging";

/// Checks the folders below `migrations/`.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    // service -> migration -> file -> source
    let mut services: BTreeMap<&str, BTreeMap<&str, BTreeMap<&str, &Source>>> = BTreeMap::new();
    for source in sources {
        let parts: Vec<&str> = source.path.split('/').collect();
        if let ["migrations", service, migration, file] = parts.as_slice() {
            services
                .entry(service)
                .or_default()
                .entry(migration)
                .or_default()
                .insert(file, source);
        }
    }
    let mut findings = Vec::new();
    let mut messaging: Vec<(&str, &BTreeMap<&str, &Source>)> = Vec::new();
    for (service, migrations) in &services {
        let folder = format!("migrations/{service}");
        findings.extend(
            migrations
                .iter()
                .flat_map(|(name, files)| one(&folder, name, files)),
        );
        findings.extend(numbers(&folder, migrations.keys().copied()));
        match migrations.get(MESSAGING) {
            Some(files) => messaging.push((service, files)),
            None => findings.push(Finding::new(
                &folder,
                0,
                format!("every service starts with the migration {MESSAGING}"),
                "copy it from another service",
            )),
        }
    }
    findings.extend(identical(&messaging));
    findings
}

fn one(folder: &str, name: &str, files: &BTreeMap<&str, &Source>) -> Vec<Finding> {
    let path = format!("{folder}/{name}");
    let mut findings = Vec::new();
    let (number, words) = name.split_once('_').unwrap_or((name, ""));
    let is_number = number.len() == 14 && number.bytes().all(|byte| byte.is_ascii_digit());
    let is_words = !words.is_empty()
        && words
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'0'..=b'9'));
    if !is_number || !is_words {
        let rule = "a migration is called YYYYMMDDHHMMSS_what_it_does";
        findings.push(Finding::new(&path, 0, rule, "rename the folder"));
    }
    for file in ["up.sql", "down.sql"] {
        if !files.contains_key(file) {
            let advice = format!("write {file}; what cannot be undone says so in a comment");
            findings.push(Finding::new(
                &path,
                0,
                "a migration has an up.sql and a down.sql",
                advice,
            ));
        }
    }
    findings
}

fn numbers<'a>(folder: &str, names: impl Iterator<Item = &'a str>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut last = "";
    for name in names {
        let number = name.split('_').next().unwrap_or(name);
        if number == last {
            let rule = "no two migrations of a service have the same number";
            findings.push(Finding::new(
                &format!("{folder}/{name}"),
                0,
                rule,
                "give the later one a later number",
            ));
        }
        last = number;
    }
    findings
}

fn identical(folders: &[(&str, &BTreeMap<&str, &Source>)]) -> Vec<Finding> {
    let Some(((first, pattern), others)) = folders.split_first() else {
        return Vec::new();
    };
    let text = |files: &BTreeMap<&str, &Source>| -> Vec<(String, String)> {
        files
            .iter()
            .map(|(file, source)| ((*file).to_owned(), source.text.clone()))
            .collect()
    };
    let different = others
        .iter()
        .filter(|(_, files)| text(files) != text(pattern));
    different
        .map(|(service, _)| {
            Finding::new(
                &format!("migrations/{service}/{MESSAGING}"),
                0,
                format!("the messaging tables are the same in every service, and here they differ from {first}'s"),
                "make them equal; the crate `outbox` knows one form only",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    fn migration(service: &str, name: &str, up: &str) -> [Source; 2] {
        ["up.sql", "down.sql"]
            .map(|file| Source::new(&format!("migrations/{service}/{name}/{file}"), up))
    }

    fn clean() -> Vec<Source> {
        let messaging = ["order", "user"]
            .map(|service| migration(service, MESSAGING, "CREATE TABLE outbox ();"));
        let mut sources = messaging.concat();
        sources.extend(migration(
            "order",
            "20261122000010_carts",
            "CREATE TABLE carts ();",
        ));
        sources
    }

    fn check_with(more: &[Source]) -> Vec<String> {
        let mut sources = clean();
        sources.extend_from_slice(more);
        places(&check(&sources))
    }

    #[test]
    fn clean_migrations_pass() {
        assert!(check_with(&[]).is_empty());
        assert!(check_with(&[Source::new("migrations/README.md", "")]).is_empty());
    }

    #[test]
    fn a_bad_name_is_caught() {
        assert_eq!(
            check_with(&migration("order", "2026_Lines", "")),
            ["migrations/order/2026_Lines:0"]
        );
    }

    #[test]
    fn a_missing_down_is_caught() {
        let [up, _] = migration("order", "20261122000020_lines", "");
        assert_eq!(
            check_with(&[up]),
            ["migrations/order/20261122000020_lines:0"]
        );
    }

    #[test]
    fn the_same_number_twice_is_caught() {
        let twice = migration("order", "20261122000010_orders", "");
        assert_eq!(
            check_with(&twice),
            ["migrations/order/20261122000010_orders:0"]
        );
    }

    #[test]
    fn a_service_without_the_messaging_tables_is_caught() {
        assert_eq!(
            check_with(&migration("catalog", "20261122000010_products", "")),
            ["migrations/catalog:0"]
        );
    }

    #[test]
    fn different_messaging_tables_are_caught() {
        let other = migration("payment", MESSAGING, "CREATE TABLE outbox (odd int);");
        assert_eq!(
            check_with(&other),
            [format!("migrations/payment/{MESSAGING}:0")]
        );
    }
}

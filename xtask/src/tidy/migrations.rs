//! Migrations are numbered, reversible and safe on busy tables. The tables of shared crates are the same in all services.

use std::collections::BTreeMap;

use super::{Finding, Source};

mod safety;

/// The migrations of every service, and the crates that own their tables.
const SHARED: [(&str, &str); 3] = [
    ("20261128000001_messaging", "outbox"),
    ("20261128000002_operator_actions", "operations"),
    ("20261129130420_staff_action_records", "operations"),
];

/// The date of the baseline, which creates a database from nothing. Every later migration runs on busy tables.
const BASELINE: &str = "20261128";

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
    for (service, migrations) in &services {
        let folder = format!("migrations/{service}");
        findings.extend(
            migrations
                .iter()
                .flat_map(|(name, files)| one(&folder, name, files)),
        );
        findings.extend(numbers(&folder, migrations.keys().copied()));
        let later = migrations
            .iter()
            .filter(|(name, _)| !name.starts_with(BASELINE));
        findings.extend(later.flat_map(|(_, files)| safety::check(files)));
    }
    for (name, owner) in SHARED {
        let mut copies: Vec<(&str, &BTreeMap<&str, &Source>)> = Vec::new();
        for (service, migrations) in &services {
            match migrations.get(name) {
                Some(files) => copies.push((service, files)),
                None => findings.push(Finding::new(
                    &format!("migrations/{service}"),
                    0,
                    format!("every service has the migration {name}"),
                    "copy it from another service",
                )),
            }
        }
        findings.extend(identical(name, owner, &copies));
    }
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
        let rule = "the name of a migration is YYYYMMDDHHMMSS_what_it_does";
        findings.push(Finding::new(&path, 0, rule, "rename the folder"));
    }
    for file in ["up.sql", "down.sql"] {
        if !files.contains_key(file) {
            let advice = format!("write {file}; if it cannot undo something, say so in a comment");
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
                "give one of them a later number",
            ));
        }
        last = number;
    }
    findings
}

fn identical(
    name: &str,
    owner: &str,
    folders: &[(&str, &BTreeMap<&str, &Source>)],
) -> Vec<Finding> {
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
                &format!("migrations/{service}/{name}"),
                0,
                format!("{name} is the same in every service, and here it differs from {first}'s"),
                format!("make them equal; the crate `{owner}` expects one schema"),
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

    fn shared(service: &str) -> Vec<Source> {
        let copies = SHARED.map(|(name, _)| migration(service, name, "CREATE TABLE t ();"));
        copies.concat()
    }

    fn clean() -> Vec<Source> {
        let mut sources = ["order", "user"].map(shared).concat();
        sources.extend(migration(
            "order",
            "20261128000010_carts",
            "CREATE TABLE carts ();",
        ));
        sources
    }

    fn later(up: &str) -> Vec<String> {
        check_with(&migration("order", "20270105000001_notes", up))
    }

    #[test]
    fn a_plain_index_on_an_existing_table_is_caught() {
        let found = ["migrations/order/20270105000001_notes/up.sql:1"];
        assert_eq!(later("CREATE INDEX orders_note ON orders (note);"), found);
        let new = "CREATE TABLE notes (id uuid);\nCREATE INDEX notes_id ON notes (id);";
        assert!(later(new).is_empty());
    }

    #[test]
    fn a_concurrent_index_that_is_not_alone_is_caught() {
        let concurrent = "CREATE INDEX CONCURRENTLY orders_note ON orders (note);";
        let folder = "migrations/order/20270105000001_notes";
        // PostgreSQL rejects it within a transaction.
        assert_eq!(later(concurrent), [format!("{folder}/up.sql:1")]);
        let outside = Source::new(
            &format!("{folder}/metadata.toml"),
            "run_in_transaction = false\n",
        );
        let alone = migration("order", "20270105000001_notes", concurrent);
        let [up, down] = alone;
        assert!(check_with(&[up, down, outside.clone()]).is_empty());
        let two = format!("{concurrent}\n{concurrent}");
        let [up, down] = migration("order", "20270105000001_notes", &two);
        assert_eq!(
            check_with(&[up, down, outside]),
            [format!("{folder}/up.sql:1"), format!("{folder}/up.sql:2")]
        );
    }

    #[test]
    fn an_exclusive_lock_without_a_timeout_is_caught() {
        let alter = "ALTER TABLE orders ADD COLUMN note text;";
        let found = ["migrations/order/20270105000001_notes/up.sql:1"];
        assert_eq!(later(alter), found);
        assert!(later(&format!("SET lock_timeout = '3s';\n{alter}")).is_empty());
        assert_eq!(later(&format!("{alter}\nSET lock_timeout = '3s';")), found);
    }

    #[test]
    fn a_rewrite_beside_ddl_is_caught() {
        let sql = "SET lock_timeout = '3s';
            ALTER TABLE orders ADD COLUMN note text;
            -- UPDATE in a comment is fine, and so is 'UPDATE' in a text
            COMMENT ON COLUMN orders.note IS 'UPDATE; DELETE';
            UPDATE orders SET note = '';";
        let found = ["migrations/order/20270105000001_notes/up.sql:5"];
        assert_eq!(later(sql), found);
        let function = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN UPDATE orders SET note = ''; RETURN NULL; END $$;";
        assert!(later(function).is_empty());
        assert!(later("UPDATE settings SET value = 1 WHERE name = 'a';").is_empty());
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
        let [up, _] = migration("order", "20261128000020_lines", "");
        assert_eq!(
            check_with(&[up]),
            ["migrations/order/20261128000020_lines:0"]
        );
    }

    #[test]
    fn the_same_number_twice_is_caught() {
        let twice = migration("order", "20261128000010_orders", "");
        assert_eq!(
            check_with(&twice),
            ["migrations/order/20261128000010_orders:0"]
        );
    }

    #[test]
    fn a_service_without_a_shared_migration_is_caught() {
        for (missing, _) in SHARED {
            let mut sources = shared("catalog");
            sources.retain(|source| !source.path.contains(missing));
            assert_eq!(check_with(&sources), ["migrations/catalog:0"]);
        }
    }

    #[test]
    fn copies_of_a_shared_migration_that_differ_are_caught() {
        for (odd, _) in SHARED {
            let mut sources = shared("payment");
            sources.retain(|source| !source.path.contains(odd));
            sources.extend(migration("payment", odd, "CREATE TABLE t (odd int);"));
            assert_eq!(
                check_with(&sources),
                [format!("migrations/payment/{odd}:0")]
            );
        }
    }
}

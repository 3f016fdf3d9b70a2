//! `docs/failures.md` lists tests that exist, and all end-to-end tests about failures.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const PATH: &str = "docs/failures.md";

/// Crates whose tests may be listed, and their folders.
const CRATES: [(&str, &str); 14] = [
    ("catalog", "services/catalog"),
    ("chassis", "shared/chassis"),
    ("e2e", "e2e"),
    ("gateway", "gateway"),
    ("leases", "shared/leases"),
    ("messaging", "shared/messaging"),
    ("operations", "shared/operations"),
    ("order", "services/order"),
    ("outbox", "shared/outbox"),
    ("payment", "services/payment"),
    ("persistence", "shared/persistence"),
    ("sandbox", "sandbox"),
    ("upstream", "shared/upstream"),
    ("user", "services/user"),
];

/// Modules in which every test is about a failure.
const ABOUT_FAILURES: [&str; 8] = [
    "challenges",
    "deadlines",
    "expiry",
    "operators",
    "outages",
    "unknown_outcomes",
    "undo",
    "webhooks",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The tests in the last column: `e2e::outages::without_redis_everything_works`.
fn listed() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join(PATH)).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| "));
    let tests = rows.filter_map(|row| row.trim_end_matches('|').rsplit_once('|'));
    tests
        .flat_map(|(_, tests)| tests.split('`'))
        .filter(|part| part.contains("::"))
        .map(str::to_owned)
        .collect()
}

/// The tests of a crate as the table names them.
fn tests(name: &str, folder: &str) -> BTreeSet<String> {
    let tests = root().join(folder).join("tests/it");
    let mut found = BTreeSet::new();
    collect(&tests, name, &mut found);
    assert!(!found.is_empty(), "{folder} has no tests");
    found
}

fn collect(folder: &Path, module: &str, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let inner = format!("{module}::{name}");
        if path.is_dir() {
            collect(&path, &inner, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let functions = functions(&text).map(|test| format!("{inner}::{test}"));
            found.extend(functions);
        }
    }
}

/// Functions with `#[test]` or `#[tokio::test(..)]`.
fn functions(text: &str) -> impl Iterator<Item = &str> {
    text.split("#[").skip(1).filter_map(|part| {
        let (attribute, rest) = part.split_once("]\n")?;
        let is_test = attribute == "test" || attribute.starts_with("tokio::test");
        let (_, rest) = rest.split_once("fn ").filter(|_| is_test)?;
        rest.split_once('(').map(|(name, _)| name)
    })
}

#[test]
fn every_listed_test_exists() {
    let existing: BTreeSet<String> = CRATES
        .iter()
        .flat_map(|(name, folder)| tests(name, folder))
        .collect();
    let missing: Vec<_> = listed().difference(&existing).cloned().collect();
    assert_eq!(
        missing,
        Vec::<String>::new(),
        "{PATH} lists tests that do not exist"
    );
}

#[test]
fn every_failure_test_is_listed() {
    let listed = listed();
    let about = |test: &String| {
        let module = test.split("::").nth(1).unwrap_or_default();
        ABOUT_FAILURES.contains(&module)
    };
    let missing: Vec<_> = tests("e2e", "e2e")
        .into_iter()
        .filter(about)
        .filter(|test| !listed.contains(test))
        .collect();
    assert_eq!(missing, Vec::<String>::new(), "{PATH} does not list them");
}

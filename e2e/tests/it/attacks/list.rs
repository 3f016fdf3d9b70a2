//! `docs/attacks.md` names tests that exist, and every test of this folder is on it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const PAGE: &str = "docs/attacks.md";
const FOLDER: &str = "e2e/tests/it/attacks";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// File and name of each test on the page: `e2e/tests/it/attacks/tokens.rs::an_altered_token_is_refused`.
fn named() -> BTreeSet<(String, String)> {
    let page = fs::read_to_string(root().join(PAGE)).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let code = rows.flat_map(|row| row.split('`').skip(1).step_by(2));
    code.filter_map(|code| code.split_once(".rs::"))
        .map(|(file, test)| (format!("{file}.rs"), test.to_owned()))
        .collect()
}

fn tests_in(text: &str) -> Vec<String> {
    let after = text
        .split("::test")
        .skip(1)
        .chain(text.split("#[test]").skip(1));
    let names = after.filter_map(|rest| {
        let (_, rest) = rest.split_once("fn ")?;
        Some(rest.split(['(', '<']).next()?.to_owned())
    });
    names.collect()
}

#[test]
fn the_page_names_tests_that_exist() {
    let named = named();
    assert!(named.len() > 20, "{named:?}");
    for (file, test) in named {
        let text = fs::read_to_string(root().join(&file)).unwrap_or_default();
        assert!(
            tests_in(&text).contains(&test),
            "{PAGE}: {file} has no test {test}"
        );
    }
}

#[test]
fn every_attack_is_on_the_page() {
    let named = named();
    for entry in fs::read_dir(root().join(FOLDER)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name == "list.rs" || !name.ends_with(".rs") {
            continue;
        }
        let file = format!("{FOLDER}/{name}");
        for test in tests_in(&fs::read_to_string(&path).unwrap()) {
            let row = (file.clone(), test);
            assert!(named.contains(&row), "{PAGE} lacks `{}::{}`", row.0, row.1);
        }
    }
}

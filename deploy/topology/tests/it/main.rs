//! The files that are generated from this crate. `UPDATE_DOCS=1 cargo test -p topology` writes them.
#![allow(clippy::expect_used, reason = "tests fail by panicking")]

use std::path::PathBuf;
use std::{env, fs};

use topology::broker::{definitions, table};

fn file(path: &str) -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.join(path)
}

/// Compares a generated file; with `UPDATE_DOCS=1`, writes it.
fn is_current(path: &str, wanted: &str) {
    let file = file(path);
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&file, wanted).expect(path);
    }
    let found = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == wanted,
        "{path} is not current: run `UPDATE_DOCS=1 cargo test -p topology`"
    );
}

#[test]
fn the_definitions_of_the_deployments_are_current() {
    let wanted = definitions("/", str::to_owned);
    is_current("deploy/docker/rabbitmq/definitions.json", &wanted);
}

#[test]
fn the_table_of_the_documents_is_current() {
    const START: &str = "<!-- accounts: generated, see deploy/topology -->\n";
    const END: &str = "<!-- end of accounts -->";
    let path = "docs/broker-accounts.md";
    let text = fs::read_to_string(file(path)).expect(path);
    let (before, rest) = text.split_once(START).expect("the start of the table");
    let (_, after) = rest.split_once(END).expect("the end of the table");
    is_current(path, &format!("{before}{START}{}{END}{after}", table()));
}

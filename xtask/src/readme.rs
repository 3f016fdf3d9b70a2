//! Runs the purchase of the README and checks its output.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::command::{cargo, run};
use crate::guide;
use crate::project::Project;
use crate::script;
use crate::secrets::Secrets;
use crate::state::State;
use crate::terminal::{line, status};
use crate::up;

/// The first block of commands below this heading is run.
const HEADING: &str = "## Buy something from the terminal";
/// The address in the README. The shop may use another port.
const ADDRESS: &str = "http://localhost:8080";
/// What the commands must print, in this order.
const EXPECTED: [&str; 7] = [
    r#"{"email":"grace-"#,
    r#""sku":"COFFEE-"#,
    r#""quantity":2"#,
    r#""status":"confirmed""#,
    r#""service":"catalog","kind":"stock_reserved""#,
    r#""service":"payment","kind":"payment_authorized""#,
    r#""service":"order","kind":"confirmed""#,
];

/// Runs the commands against the running shop, or starts a shop for them and stops it afterwards.
pub(crate) fn readme(project: &Project) -> Result<()> {
    let home = project.private().join("up");
    if let Some(port) = gateway(&home) {
        return check(project, port);
    }
    // If there was no data before, none stays.
    let purge = Secrets::load(&home)?.are_new();
    let outcome = up::up(project, &up::Options::detached()).and_then(|()| {
        let port = gateway(&home).context("the shop has ended")?;
        check(project, port)
    });
    up::down(project, &up::DownOptions { purge })?;
    outcome
}

fn check(project: &Project, port: u16) -> Result<()> {
    line(purchase(project, port)?.trim_end());
    status("Checked", "the purchase of README.md");
    guide::follow(project, port)?;
    test_load(project, port)
}

/// Runs the tests of the load generator against the shop.
fn test_load(project: &Project, port: u16) -> Result<()> {
    let mut tests = cargo(project);
    tests
        .args(["test", "--locked", "--package", "loadtests"])
        .args(["--", "--include-ignored"])
        .env("MERCANTILE_SHOP", format!("http://127.0.0.1:{port}"));
    run(&mut tests)?;
    status("Checked", "the load generator");
    Ok(())
}

/// The gateway's port if a shop is ready.
fn gateway(home: &Path) -> Option<u16> {
    State::load(home)
        .filter(|state| state.ready && state.supervisor.is_running())
        .and_then(|state| state.gateway)
}

/// The first `sh` block below the heading.
fn block(readme: &str) -> Option<&str> {
    let (_, below) = readme.split_once(HEADING)?;
    let (_, commands) = below.split_once("```sh\n")?;
    commands.split_once("```").map(|(script, _)| script)
}

/// Runs the purchase of the README at the gateway on `port` and returns its output.
///
/// # Errors
/// A command fails, or its output lacks an expected text.
pub fn purchase(project: &Project, port: u16) -> Result<String> {
    let text = fs::read_to_string(project.root().join("README.md"))?;
    let commands = block(&text).context("the README has no commands below its purchase heading")?;
    let commands = commands.replace(ADDRESS, &format!("http://127.0.0.1:{port}"));
    script::run(project, "README.md", &commands, &[], &EXPECTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_are_the_first_block_below_the_heading() {
        let readme = format!("```sh\nno\n```\n{HEADING}\n\n```sh\nyes\n```\n```sh\nno\n```\n");
        assert_eq!(block(&readme), Some("yes\n"));
        assert_eq!(block("nothing"), None);
    }
}

//! Runs the purchase that the README prints: what it promises must hold.

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

/// The block of commands below this heading is what is run.
const HEADING: &str = "## Buy something from the terminal";
/// The address in the README; the shop may have had to take another port.
const ADDRESS: &str = "http://localhost:8080";
/// What the answers must contain, in this order.
const PROMISED: [&str; 7] = [
    r#""role":"customer""#,
    r#""sku":"COFFEE-"#,
    r#""quantity":2"#,
    r#""status":"confirmed""#,
    r#""service":"catalog","kind":"stock_reserved""#,
    r#""service":"payment","kind":"payment_authorized""#,
    r#""service":"order","kind":"confirmed""#,
];

/// Buys something from the shop that is running, or from one that is started and stopped for it.
pub(crate) fn readme(project: &Project) -> Result<()> {
    let home = project.private().join("up");
    if let Some(port) = gateway(&home) {
        return buy(project, port);
    }
    // Nothing stays that was not there before.
    let purge = Secrets::load(&home)?.are_new();
    let outcome = up::up(project, &up::Options::detached()).and_then(|()| {
        let port = gateway(&home).context("the shop did not stay up")?;
        buy(project, port)
    });
    up::down(project, &up::DownOptions { purge })?;
    outcome
}

fn buy(project: &Project, port: u16) -> Result<()> {
    line(purchase(project, port)?.trim_end());
    status("Bought", "what the README says, as the README says it");
    guide::follow(project, port)?;
    load(project, port)
}

/// Tests the load generator against the shop.
fn load(project: &Project, port: u16) -> Result<()> {
    let mut tests = cargo(project);
    tests
        .args(["test", "--locked", "--package", "loadtests"])
        .args(["--", "--include-ignored"])
        .env("MERCANTILE_SHOP", format!("http://127.0.0.1:{port}"));
    run(&mut tests)?;
    status("Loaded", "the shop, as loadtests/README.md says");
    Ok(())
}

/// The gateway's port, if a shop is ready.
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

/// Runs the purchase of the README at the gateway on `port` of this machine, and returns its output. Anything that the
/// README promises and that is missing in the output is an error.
pub fn purchase(project: &Project, port: u16) -> Result<String> {
    let text = fs::read_to_string(project.root().join("README.md"))?;
    let commands = block(&text).context("the README has no commands below its purchase heading")?;
    let commands = commands.replace(ADDRESS, &format!("http://127.0.0.1:{port}"));
    script::run(project, "README.md", &commands, &[], &PROMISED)
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

//! Runs the commands of `docs/guides/follow-an-order.md` and checks their output.

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::project::Project;
use crate::script;
use crate::terminal::{line, status, warning};

const GUIDE: &str = "docs/guides/follow-an-order.md";
/// The addresses in the guide. The shop may use other ports.
const SHOP: &str = "http://localhost:8080";
const SANDBOX: &str = "http://localhost:50055";
/// Programs that the guide needs, besides a shell.
const TOOLS: [&str; 2] = ["curl", "psql"];
/// What the commands must print, in this order. Keep it in step with the guide.
const EXPECTED: [&str; 16] = [
    // Any order: timeline, saga with trace, ledger, provider, log lines, rows.
    r#""kind":"payment_authorized""#,
    r#""order_status":"confirmed""#,
    r#""trace_id":""#,
    r#""kind":"authorize""#,
    r#""status":"requires_capture""#,
    "order timeline",
    "committed | ",
    // The rejected order.
    r#""status":"rejected","reason":"payment_declined""#,
    r#""decline_code":"card_declined""#,
    r#""amount_capturable":0"#,
    "released | ",
    // The order that hangs.
    r#""step":"authorize""#,
    "it answered 503",
    "the provider gave no answer",
    r#""kind":"confirmed""#,
    "done | 0",
];

/// Runs the guide's commands against the shop with this gateway port.
pub(crate) fn follow(project: &Project, port: u16) -> Result<()> {
    for tool in TOOLS {
        let found = Command::new(tool)
            .arg("--version")
            .stdout(Stdio::null())
            .status();
        if found.is_err() {
            warning(format!("{GUIDE} is NOT checked: `{tool}` is not installed"));
            return Ok(());
        }
    }
    let text = fs::read_to_string(project.root().join(GUIDE))?;
    let commands = commands(&text).replace(SHOP, &format!("http://127.0.0.1:{port}"));
    line(script::run(project, GUIDE, &commands, &[], &EXPECTED)?.trim_end());
    status("Checked", format!("the commands of {GUIDE}"));
    Ok(())
}

/// Runs the guide's commands against a shop in containers. `environment` selects it for `docker compose`.
pub fn follow_in_containers(
    project: &Project,
    gateway: u16,
    sandbox: u16,
    environment: &[(&str, String)],
) -> Result<()> {
    let text = fs::read_to_string(project.root().join(GUIDE))?;
    let commands = in_containers(&text)
        .context("the guide has no block `sh compose`")?
        .replace(SHOP, &format!("http://127.0.0.1:{gateway}"))
        .replace(SANDBOX, &format!("http://127.0.0.1:{sandbox}"));
    script::run(project, GUIDE, &commands, environment, &EXPECTED).map(drop)
}

/// All `sh` blocks. `sh compose` blocks are for the shop in containers.
fn commands(guide: &str) -> String {
    blocks(guide, "```sh\n").collect()
}

/// The same, but the first `sh compose` block replaces the first `sh` block.
fn in_containers(guide: &str) -> Option<String> {
    let tools = blocks(guide, "```sh compose\n").next()?;
    Some(
        std::iter::once(tools)
            .chain(blocks(guide, "```sh\n").skip(1))
            .collect(),
    )
}

fn blocks<'a>(guide: &'a str, opening: &'a str) -> impl Iterator<Item = &'a str> {
    let blocks = guide.split(opening).skip(1);
    blocks.filter_map(|block| Some(block.split_once("```")?.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_for_containers_and_output_are_not_run() {
        let guide =
            "a\n```sh\none\n```\n```sh compose\nno\n```\n```text\nno\n```\n```sh\ntwo\n```\n";
        assert_eq!(commands(guide), "one\ntwo\n");
        assert_eq!(in_containers(guide).as_deref(), Some("no\ntwo\n"));
    }
}

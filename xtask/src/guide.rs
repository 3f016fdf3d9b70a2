//! Runs the commands of `docs/guides/follow-an-order.md` against the shop that runs here: a page for people in trouble
//! must not be wrong.

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::project::Project;
use crate::terminal::{line, status, warning};

const GUIDE: &str = "docs/guides/follow-an-order.md";
/// The addresses in the guide; the shop may have had to take other ports.
const SHOP: &str = "http://localhost:8080";
/// Programs that the guide asks for, besides a shell.
const TOOLS: [&str; 2] = ["curl", "psql"];
/// What the commands must print, in this order.
const PROMISED: [&str; 16] = [
    // Any order: its timeline, its saga with the trace, its money, its lines in the log, its rows.
    r#""kind":"payment_authorized""#,
    r#""order_status":"confirmed""#,
    r#""trace_id":""#,
    r#""kind":"authorize""#,
    r#""status":"requires_capture""#,
    "kind=confirmed",
    "committed | ",
    // The rejected one.
    r#""status":"rejected","reason":"payment_declined""#,
    r#""decline_code":"card_declined""#,
    r#""amount_capturable":0"#,
    "released | ",
    // The one that hangs.
    r#""step":"authorize""#,
    "it answered 503",
    "the provider gave no answer",
    r#""kind":"confirmed""#,
    "done | 0",
];

/// Follows the guide at the shop whose gateway has this port.
pub(crate) fn follow(project: &Project, port: u16) -> Result<()> {
    for tool in TOOLS {
        let found = Command::new(tool)
            .arg("--version")
            .stdout(Stdio::null())
            .status();
        if found.is_err() {
            warning(format!(
                "{GUIDE} is NOT followed: `{tool}` is not installed here"
            ));
            return Ok(());
        }
    }
    let text = fs::read_to_string(project.root().join(GUIDE))?;
    let script = script(&text).replace(SHOP, &format!("http://127.0.0.1:{port}"));
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(project.root())
        .stdin(Stdio::null())
        .output()
        .context("cannot run bash")?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success(),
        "the commands of {GUIDE} failed ({})\n{said}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    line(said.trim_end());
    check(&said)?;
    status("Followed", format!("orders as {GUIDE} says"));
    Ok(())
}

/// Every block of `sh`, one after the other. Those of `sh compose` are for the shop in containers.
fn script(guide: &str) -> String {
    let blocks = guide.split("```sh\n").skip(1);
    let commands = blocks.filter_map(|block| block.split_once("```"));
    commands.map(|(commands, _)| commands).collect()
}

fn check(said: &str) -> Result<()> {
    let mut rest = said;
    for promised in PROMISED {
        let (_, after) = rest
            .split_once(promised)
            .with_context(|| format!("{GUIDE}: {promised} is missing, or comes too early"))?;
        rest = after;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_for_containers_and_output_are_no_commands() {
        let guide = "a\n```sh\none\n```\n```sh compose\nno\n```\n```text\nno\n```\n```sh\ntwo\n```\n";
        assert_eq!(script(guide), "one\ntwo\n");
    }

    #[test]
    fn what_is_missing_is_named() {
        assert!(check(&PROMISED.join(" ")).is_ok());
        let error = check(&PROMISED.join(" ").replace("released", "")).expect_err("not released");
        assert!(error.to_string().contains("released"), "{error}");
    }
}

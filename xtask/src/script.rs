//! Runs the commands of a document and checks their output.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::project::Project;

/// Runs `commands` in the root of the workspace and returns their output. It must contain all texts of `expected`, in
/// this order. Errors name the `page`.
pub(crate) fn run(
    project: &Project,
    page: &str,
    commands: &str,
    environment: &[(&str, String)],
    expected: &[&str],
) -> Result<String> {
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", commands])
        .current_dir(project.root())
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .output()
        .context("cannot run bash")?;
    let printed = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success(),
        "the commands of {page} failed ({})\n{printed}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    check(page, &printed, expected).with_context(|| printed.to_string())?;
    Ok(printed.into_owned())
}

/// Checks that `printed` contains all texts of `expected`, in this order.
fn check(page: &str, printed: &str, expected: &[&str]) -> Result<()> {
    let mut rest = printed;
    for expected in expected {
        let (_, after) = rest
            .split_once(expected)
            .with_context(|| format!("{page}: {expected} is missing, or too early"))?;
        rest = after;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_or_early_text_is_named() {
        let expected = ["placed", "confirmed"];
        assert!(check("a page", "placed, then confirmed", &expected).is_ok());
        for printed in ["placed, then rejected", "confirmed, then placed"] {
            let error = check("a page", printed, &expected).expect_err(printed);
            assert!(error.to_string().contains("confirmed"), "{error}");
        }
    }
}

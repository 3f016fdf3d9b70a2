//! The commands of a page, run as a reader would run them: what the page promises must be printed.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::project::Project;

/// Runs `commands` in the project's folder, and returns what they printed if it holds all of `promised`, in that order.
/// `page` is what errors call them by.
pub(crate) fn run(
    project: &Project,
    page: &str,
    commands: &str,
    environment: &[(&str, String)],
    promised: &[&str],
) -> Result<String> {
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", commands])
        .current_dir(project.root())
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .output()
        .context("cannot run bash")?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(
        output.status.success(),
        "the commands of {page} failed ({})\n{said}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    check(page, &said, promised).with_context(|| said.to_string())?;
    Ok(said.into_owned())
}

/// Everything that was promised, one after the other.
fn check(page: &str, said: &str, promised: &[&str]) -> Result<()> {
    let mut rest = said;
    for promised in promised {
        let (_, after) = rest
            .split_once(promised)
            .with_context(|| format!("{page}: {promised} is missing, or comes too early"))?;
        rest = after;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_or_too_early_is_named() {
        let promised = ["placed", "confirmed"];
        assert!(check("a page", "placed, then confirmed", &promised).is_ok());
        for said in ["placed, then rejected", "confirmed, then placed"] {
            let error = check("a page", said, &promised).expect_err(said);
            assert!(error.to_string().contains("confirmed"), "{error}");
        }
    }
}

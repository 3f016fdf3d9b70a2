//! `cargo xtask tidy`: checks the project's rules that the compiler cannot check. Each has a test with a violation.

use std::fmt;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::project::Project;
use crate::terminal::{failure, status};

mod blank;
mod code;
mod cycles;
mod dependencies;
mod layout;
mod lengths;
mod manifests;
mod migrations;
mod packages;
mod services;
mod shared;
mod sources;
mod topology;
mod words;

use packages::Package;
use sources::Source;

/// One violation of a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    /// Path from the root of the workspace.
    file: String,
    /// From 1; 0 if the rule is about the file or folder itself.
    line: usize,
    /// The rule.
    rule: String,
    /// How to fix it.
    advice: String,
}

impl Finding {
    fn new(file: &str, line: usize, rule: impl Into<String>, advice: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line,
            rule: rule.into(),
            advice: advice.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            rule,
            advice,
        } = self;
        let place = if *line == 0 {
            file.clone()
        } else {
            format!("{file}:{line}")
        };
        write!(
            f,
            "{place}\n             rule: {rule}\n             fix:  {advice}"
        )
    }
}

/// Checks every rule and reports all violations.
pub(crate) fn tidy(project: &Project) -> Result<()> {
    let begin = Instant::now();
    let sources = sources::read(project.root())?;
    let packages = packages::read(project)?;
    let mut findings = Vec::new();
    findings.extend(dependencies::check(&packages));
    findings.extend(manifests::check(&packages, &sources));
    findings.extend(layout::check(&packages, &sources));
    findings.extend(shared::check(&packages, &sources));
    findings.extend(code::check(&sources));
    findings.extend(cycles::check(&sources));
    findings.extend(migrations::check(&sources));
    findings.extend(services::check(&sources));
    findings.extend(topology::check(&sources));
    findings.extend(lengths::check(&sources));
    findings.extend(words::check(&sources));
    findings.sort();
    for finding in &findings {
        failure(finding.to_string());
    }
    status("Measured", lengths::report(&sources));
    if !findings.is_empty() {
        bail!("{} violations of the rules", findings.len());
    }
    status(
        "Tidy",
        format!(
            "{} files in {:.1} s",
            sources.len(),
            begin.elapsed().as_secs_f32()
        ),
    );
    Ok(())
}

/// The files and lines of findings, for tests: `file:line`.
#[cfg(test)]
fn places(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|finding| format!("{}:{}", finding.file, finding.line))
        .collect()
}

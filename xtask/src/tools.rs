//! Builds programs that the checks need and that are not part of Rust.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::command::{cargo, output, run};
use crate::project::Project;
use crate::terminal::status;

/// A program from crates.io.
pub(crate) struct Tool {
    pub(crate) package: &'static str,
    pub(crate) version: &'static str,
    pub(crate) binary: &'static str,
    pub(crate) features: &'static [&'static str],
}

/// The folder of tools: `$MERCANTILE_TOOLS`, to share them between checkouts, or `.mercantile/tools`.
pub(crate) fn folder(project: &Project) -> PathBuf {
    std::env::var_os("MERCANTILE_TOOLS")
        .map_or_else(|| project.private().join("tools"), PathBuf::from)
}

/// The program of this version: from the PATH, or from the folder of tools, or built now.
pub(crate) fn find_or_build(project: &Project, tool: &Tool) -> Result<PathBuf> {
    let on_path = PathBuf::from(tool.binary);
    if has_version(&on_path, tool.version) {
        return Ok(on_path);
    }
    let folder = folder(project);
    let own = folder.join("bin").join(tool.binary);
    if has_version(&own, tool.version) {
        return Ok(own);
    }
    build(project, tool, &folder)?;
    ensure!(
        has_version(&own, tool.version),
        "{} is not {} {}",
        own.display(),
        tool.binary,
        tool.version
    );
    Ok(own)
}

fn build(project: &Project, tool: &Tool, folder: &Path) -> Result<()> {
    let begin = Instant::now();
    status(
        "Building",
        format!(
            "{} {} from source; this is done once",
            tool.package, tool.version
        ),
    );
    // In a separate target folder, which is removed afterwards.
    let target = folder.join(format!("build-{}", tool.binary));
    let mut install = cargo(project);
    install
        .current_dir("/")
        .args([
            "install",
            "--quiet",
            "--locked",
            "--no-default-features",
            tool.package,
        ])
        .args([
            "--version",
            tool.version,
            "--features",
            &tool.features.join(","),
        ])
        .arg("--root")
        .arg(folder)
        .env("CARGO_TARGET_DIR", &target)
        // The program runs only a few times, so a fast build matters more than a fast program.
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    let outcome = run(&mut install);
    let _was_missing = fs::remove_dir_all(target);
    outcome.with_context(|| format!("cannot build {}", tool.package))?;
    status(
        "Built",
        format!("{} in {} s", tool.package, begin.elapsed().as_secs()),
    );
    Ok(())
}

fn has_version(binary: &Path, version: &str) -> bool {
    let printed = output(Command::new(binary).arg("--version").stderr(Stdio::null()));
    printed.is_ok_and(|text| text.split_whitespace().any(|word| word == version))
}

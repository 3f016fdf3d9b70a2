//! The root of the workspace and the private folders of runs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The root of the workspace, found by walking up from the current folder.
#[derive(Clone, Debug)]
pub struct Project {
    root: PathBuf,
}

impl Project {
    /// Finds the workspace of the current folder.
    pub fn find() -> Result<Self> {
        let start = std::env::current_dir()?;
        for folder in start.ancestors() {
            if folder.join("xtask/Cargo.toml").is_file() {
                return Ok(Self {
                    root: folder.to_owned(),
                });
            }
        }
        bail!("{} is not inside a Mercantile checkout", start.display());
    }

    /// The root folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `.mercantile`: the data of runs, and the tools that the checks install.
    pub(crate) fn private(&self) -> PathBuf {
        self.root.join(".mercantile")
    }

    /// The private folder for a purpose (`up`, `test-4711`). Creates it if it is missing.
    pub(crate) fn home(&self, purpose: &str) -> Result<PathBuf> {
        let home = self.private().join(purpose);
        make_folder(&home)?;
        Ok(home)
    }
}

/// Creates a folder and its parents. Only this user may enter it.
pub(crate) fn make_folder(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot create the folder {}", folder.display()))?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    Ok(())
}

/// Writes a file that only this user may read. It is replaced atomically.
pub(crate) fn write_private(file: &Path, content: &str) -> Result<()> {
    let draft = file.with_extension("draft");
    let written = fs::write(&draft, "")
        .and_then(|()| fs::set_permissions(&draft, fs::Permissions::from_mode(0o600)))
        .and_then(|()| fs::write(&draft, content))
        .and_then(|()| fs::rename(&draft, file));
    written.with_context(|| format!("cannot write {}", file.display()))
}

//! All hand-written files of the checkout.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::blank::{blank, blank_literals};

/// Folders without hand-written files.
const SKIPPED: [&str; 5] = [
    "target",
    ".git",
    ".mercantile",
    "node_modules",
    ".terraform",
];

/// One file.
#[derive(Clone, Debug)]
pub(super) struct Source {
    /// From the root of the workspace, separated by `/`.
    pub(super) path: String,
    /// Empty if the file is not text.
    pub(super) text: String,
    /// The text without comments and literals, for Rust; else empty.
    pub(super) code: String,
    /// The text without literals, for Rust; else empty.
    pub(super) names_and_comments: String,
}

impl Source {
    pub(super) fn new(path: &str, text: &str) -> Self {
        let (code, names_and_comments) = if path.ends_with(".rs") {
            (blank(text), blank_literals(text))
        } else {
            (String::new(), String::new())
        };
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            code,
            names_and_comments,
        }
    }

    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Integration tests, test modules in separate files, end-to-end tests and test tooling.
    pub(super) fn is_test(&self) -> bool {
        let tests = ["/tests/", "/tests.rs", "/benches/"];
        tests.iter().any(|part| self.path.contains(part))
            || self.path.starts_with("e2e/")
            || self.path.starts_with("shared/testkit/")
    }

    /// Whether the file belongs to the module `name` of its crate: `src/name.rs` or below `src/name/`.
    pub(super) fn in_module(&self, name: &str) -> bool {
        self.module() == Some(name)
    }

    /// The first module below the crate's root: `store` for `services/order/src/store/carts.rs`.
    pub(super) fn module(&self) -> Option<&str> {
        let (_, inside) = self.path.split_once("/src/")?;
        let first = inside.split('/').next()?;
        Some(first.strip_suffix(".rs").unwrap_or(first))
    }

    /// The crate's folder: `services/order`.
    pub(super) fn package(&self) -> Option<&str> {
        self.path.split_once("/src/").map(|(package, _)| package)
    }
}

/// Reads every file below `root`, except built and downloaded ones.
pub(super) fn read(root: &Path) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in
            fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?
        {
            let entry = entry?;
            let path = entry.path();
            if entry.file_type()?.is_dir() {
                if !SKIPPED.contains(&entry.file_name().to_string_lossy().as_ref()) {
                    folders.push(path);
                }
                continue;
            }
            let relative = path.strip_prefix(root)?.to_string_lossy().into_owned();
            let text = fs::read(&path)
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok());
            sources.push(Source::new(&relative, &text.unwrap_or_default()));
        }
    }
    sources.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(sources)
}

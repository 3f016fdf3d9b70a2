//! The packages of the workspace, from cargo.

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::command::{cargo, output};
use crate::project::Project;

/// One package with its direct dependencies.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) manifest_path: String,
    pub(super) dependencies: Vec<Dependency>,
    /// The package's folder from the root of the workspace: `services/order`.
    #[serde(skip)]
    pub(super) folder: String,
}

/// One dependency.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Dependency {
    pub(super) name: String,
    /// `None` for `[dependencies]`, else `dev` or `build`.
    pub(super) kind: Option<String>,
}

impl Dependency {
    pub(super) fn is_dev(&self) -> bool {
        self.kind.as_deref() == Some("dev")
    }
}

impl Package {
    /// A service or the sandbox.
    pub(super) fn is_service(&self) -> bool {
        self.folder.starts_with("services/") || self.folder == "sandbox"
    }

    pub(super) fn manifest(&self) -> String {
        format!("{}/Cargo.toml", self.folder)
    }
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: String,
}

/// Reads the members of the workspace with `cargo metadata`.
pub(super) fn read(project: &Project) -> Result<Vec<Package>> {
    let text =
        output(cargo(project).args(["metadata", "--format-version=1", "--no-deps", "--offline"]))?;
    let Metadata {
        mut packages,
        workspace_root,
    } = serde_json::from_str(&text).context("cargo metadata")?;
    for package in &mut packages {
        let inside = package
            .manifest_path
            .strip_prefix(&workspace_root)
            .unwrap_or(&package.manifest_path);
        package.folder = inside
            .trim_end_matches("Cargo.toml")
            .trim_matches('/')
            .to_owned();
    }
    Ok(packages)
}

/// A package for tests: `dependencies` are names, `dev:name` is a dev-dependency.
#[cfg(test)]
pub(super) fn package(folder: &str, dependencies: &[&str]) -> Package {
    let dependencies = dependencies
        .iter()
        .map(|name| match name.strip_prefix("dev:") {
            Some(name) => Dependency {
                name: name.to_owned(),
                kind: Some("dev".to_owned()),
            },
            None => Dependency {
                name: (*name).to_owned(),
                kind: None,
            },
        });
    Package {
        name: folder.rsplit('/').next().unwrap_or(folder).to_owned(),
        manifest_path: format!("/{folder}/Cargo.toml"),
        dependencies: dependencies.collect(),
        folder: folder.to_owned(),
    }
}

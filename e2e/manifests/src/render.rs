//! Renders the kustomizations below `deploy/kubernetes`, and joins what is applied to one cluster.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use xtask::command::output;

use crate::environment::Environment;
use crate::object::Object;

/// All manifests.
const FOLDER: &str = "deploy/kubernetes";

/// The objects of one kustomization.
pub(crate) struct Rendered {
    /// Its folder below `deploy/kubernetes`: `overlays/eks/secrets`.
    pub(crate) folder: String,
    pub(crate) objects: Vec<Object>,
}

/// All kustomizations, and the clusters that they make.
pub(crate) struct Manifests {
    pub(crate) rendered: Vec<Rendered>,
    pub(crate) environments: Vec<Environment>,
}

impl Manifests {
    /// Renders everything.
    pub(crate) fn render(kubectl: &Path, root: &Path) -> Result<Self> {
        let top = root.join(FOLDER);
        let mut files = Vec::new();
        kustomizations(&top, &mut files)?;
        let mut rendered = Vec::new();
        let mut bases = Vec::new();
        for (folder, kustomization) in files {
            let path = folder.strip_prefix(&top)?.display().to_string();
            let yaml = output(Command::new(kubectl).arg("kustomize").arg(&folder))?;
            let objects = objects(&yaml).with_context(|| format!("{FOLDER}/{path}"))?;
            if let Some(overlay) = overlay(&path, &kustomization) {
                bases.push((path.clone(), overlay));
            }
            rendered.push(Rendered {
                folder: path,
                objects,
            });
        }
        ensure!(!bases.is_empty(), "{FOLDER} has no overlays");
        let environments = bases
            .into_iter()
            .map(|(folder, overlay)| environment(folder, overlay, &rendered))
            .collect();
        Ok(Self {
            rendered,
            environments,
        })
    }

    /// How many there are, in words.
    pub(crate) fn describe(&self) -> String {
        let is_overlay = |environment: &&Environment| environment.folder.starts_with("overlays/");
        let overlays = self.environments.iter().filter(is_overlay).count();
        let objects: usize = self.rendered.iter().map(|part| part.objects.len()).sum();
        format!(
            "{overlays} overlays, {} combinations, {objects} objects",
            self.environments.len() - overlays
        )
    }
}

/// The folders of a folder with a kustomization that can be applied, so no components, and its text.
fn kustomizations(folder: &Path, found: &mut Vec<(PathBuf, String)>) -> Result<()> {
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            folders.push(path);
        } else if path.ends_with("kustomization.yaml") {
            let text = fs::read_to_string(&path)?;
            if text.lines().any(|line| line == "kind: Kustomization") {
                found.push((folder.to_owned(), text));
            }
        }
    }
    folders.sort();
    folders
        .iter()
        .try_for_each(|folder| kustomizations(folder, found))
}

/// The overlay that a folder is, or that a test names in its resources.
fn overlay(folder: &str, kustomization: &str) -> Option<String> {
    let (kind, name) = folder.split_once('/')?;
    match kind {
        "overlays" => (!name.contains('/')).then(|| name.to_owned()),
        "tests" => {
            let (_, named) = kustomization.split_once("/overlays/")?;
            let end = named.find(|c: char| !c.is_alphanumeric() && c != '-');
            Some(named[..end.unwrap_or(named.len())].to_owned())
        }
        _ => None,
    }
}

/// The objects of a folder, and those of the other parts of its overlay and of the parts of components, such as the Job
/// that restores a backup.
fn environment(folder: String, overlay: String, rendered: &[Rendered]) -> Environment {
    let of_folder = rendered.iter().filter(|part| part.folder == folder);
    let parts = format!("overlays/{overlay}/");
    let of_parts = rendered
        .iter()
        .filter(|part| part.folder.starts_with(&parts) || part.folder.starts_with("components/"));
    let mut objects: Vec<Object> = Vec::new();
    for object in of_folder.chain(of_parts).flat_map(|part| &part.objects) {
        let is_same = |other: &Object| {
            other.id() == object.id() && other.api_version() == object.api_version()
        };
        if !objects.iter().any(is_same) {
            objects.push(object.clone());
        }
    }
    Environment::new(folder, overlay, objects)
}

/// The documents of a rendered file.
pub(crate) fn objects(yaml: &str) -> Result<Vec<Object>> {
    let mut values: Vec<Value> = serde_saphyr::from_multiple(yaml)?;
    values.iter_mut().for_each(unwrap_lines);
    Ok(values.into_iter().map(|value| Object { value }).collect())
}

/// Joins the lines of Base64, which kustomize wraps. The API server ignores the ends of lines.
fn unwrap_lines(value: &mut Value) {
    let is_secret = value["kind"] == "Secret";
    let data = value.get_mut("data").and_then(Value::as_object_mut);
    for text in data
        .into_iter()
        .filter(|_| is_secret)
        .flat_map(|data| data.values_mut())
    {
        if let Value::String(text) = text {
            text.retain(|c| c != '\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_belongs_to_the_overlay_that_it_names() {
        let text = "resources:\n  - ../../overlays/gke/secrets\n";
        assert_eq!(overlay("tests/canary", text).as_deref(), Some("gke"));
        let text = "resources: [../../overlays/local]\n";
        assert_eq!(overlay("tests/metrics", text).as_deref(), Some("local"));
        assert_eq!(overlay("overlays/eks", "").as_deref(), Some("eks"));
        assert_eq!(overlay("overlays/eks/secrets", ""), None);
        assert_eq!(overlay("base", ""), None);
    }

    #[test]
    fn an_object_of_the_folder_replaces_that_of_a_part() {
        let part = |folder: &str, yaml: &str| Rendered {
            folder: folder.to_owned(),
            objects: objects(yaml).unwrap(),
        };
        let named = |label: &str| {
            format!(
                "apiVersion: v1\nkind: Secret\nmetadata: {{ name: order, labels: {{ a: {label} }} }}"
            )
        };
        let rendered = [
            part("overlays/eks/secrets", &named("part")),
            part("overlays/gke/secrets", &named("other")),
            part("tests/eks", &named("own")),
        ];
        let joined = environment("tests/eks".to_owned(), "eks".to_owned(), &rendered);
        assert_eq!(joined.objects.len(), 1);
        assert_eq!(joined.objects[0].text("/metadata/labels/a"), "own");
    }

    #[test]
    fn wrapped_base64_is_joined() {
        let secret = "apiVersion: v1\nkind: Secret\ndata:\n  key: |\n    YQ\n    ==\n";
        assert_eq!(objects(secret).unwrap()[0].text("/data/key"), "YQ==");
    }
}

//! Rules for every manifest.

use super::{Finding, Package, Source};

/// Checks the text of every member's manifest.
pub(super) fn check(packages: &[Package], sources: &[Source]) -> Vec<Finding> {
    let manifests = packages.iter().filter_map(|package| {
        let path = package.manifest();
        sources.iter().find(|source| source.path == path)
    });
    manifests
        .flat_map(|manifest| [own_versions(manifest), lints(manifest)].concat())
        .collect()
}

/// Only the workspace sets versions.
fn own_versions(manifest: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut in_dependencies = false;
    for (index, line) in manifest.text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('[') {
            in_dependencies = line.trim_end_matches(']').ends_with("dependencies");
        } else if in_dependencies
            && line.contains('=')
            && !line.starts_with('#')
            && !line.contains("workspace")
        {
            findings.push(Finding::new(
                &manifest.path,
                index + 1,
                "only the workspace sets versions of dependencies",
                "add it to [workspace.dependencies] and write `name.workspace = true` here",
            ));
        }
    }
    findings
}

fn lints(manifest: &Source) -> Vec<Finding> {
    let text = manifest.text.split("[lints]").nth(1).unwrap_or_default();
    if text.trim_start().starts_with("workspace = true") {
        return Vec::new();
    }
    let rule = "every crate uses the lints of the workspace";
    vec![Finding::new(
        &manifest.path,
        0,
        rule,
        "add `[lints]` with `workspace = true`",
    )]
}

#[cfg(test)]
mod tests {
    use super::super::packages::package;
    use super::super::places;
    use super::*;

    const CLEAN: &str = "[package]\nname = \"order\"\n\n[lints]\nworkspace = true\n\n[dependencies]\n# why\nserde.workspace = true\ntokio = { workspace = true, features = [\"fs\"] }\n";

    fn check_text(text: &str) -> Vec<String> {
        places(&check(
            &[package("services/order", &[])],
            &[Source::new("services/order/Cargo.toml", text)],
        ))
    }

    #[test]
    fn a_clean_manifest_passes() {
        assert!(check_text(CLEAN).is_empty());
    }

    #[test]
    fn a_version_in_a_crate_is_caught() {
        let manifest = format!("{CLEAN}\n[dev-dependencies]\nrand = \"0.10\"\n");
        assert_eq!(check_text(&manifest), ["services/order/Cargo.toml:13"]);
    }

    #[test]
    fn missing_lints_are_caught() {
        assert_eq!(
            check_text("[package]\nname = \"order\"\n"),
            ["services/order/Cargo.toml:0"]
        );
    }
}

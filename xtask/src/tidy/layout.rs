//! Rules about names and places of files, and a README for every crate.

use super::{Finding, Package, Source};

/// Names that do not describe the contents.
const VAGUE_NAMES: [&str; 6] = ["common", "util", "utils", "helper", "helpers", "misc"];

/// Checks folders, files and module names.
pub(super) fn check(packages: &[Package], sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages {
        findings.extend(same_name(package));
        findings.extend(readme(package, sources));
    }
    for source in sources {
        findings.extend(vague_name(source));
        findings.extend(module_files(source));
        findings.extend(integration_binary(source));
    }
    findings
}

fn same_name(package: &Package) -> Option<Finding> {
    let folder = package.folder.rsplit('/').next().unwrap_or(&package.folder);
    (folder != package.name).then(|| {
        let rule = format!(
            "folder, crate and binary have the same name: the folder `{folder}` has the crate `{}`",
            package.name
        );
        Finding::new(&package.manifest(), 0, rule, "give both the same name")
    })
}

fn readme(package: &Package, sources: &[Source]) -> Option<Finding> {
    let path = format!("{}/README.md", package.folder);
    let Some(readme) = sources.iter().find(|source| source.path == path) else {
        return Some(Finding::new(
            &path,
            0,
            "every crate has a README.md",
            "describe its purpose",
        ));
    };
    let is_shared = package.folder.starts_with("shared/");
    let has_limits = ["not belong", "Not here", "not here"]
        .iter()
        .any(|words| readme.text.contains(words));
    (is_shared && !has_limits).then(|| {
        let rule = "the README of a shared crate says what does not belong in it";
        Finding::new(
            &path,
            0,
            rule,
            "add a section \"What does not belong here\"",
        )
    })
}

fn vague_name(source: &Source) -> Option<Finding> {
    let mut parts = source
        .path
        .split('/')
        .map(|part| part.split('.').next().unwrap_or(part));
    let name = parts.find(|part| VAGUE_NAMES.contains(part))?;
    source.is_rust().then(|| {
        let rule = format!(
            "no `{}`: the name `{name}` does not describe the contents",
            VAGUE_NAMES.join("`, `")
        );
        Finding::new(
            &source.path,
            0,
            rule,
            "name it after its function, or move each part to the code that uses it",
        )
    })
}

fn module_files(source: &Source) -> Option<Finding> {
    source.path.ends_with("/mod.rs").then(|| {
        Finding::new(
            &source.path,
            0,
            "modules are `name.rs` beside `name/`",
            "rename it, so that editors show its name",
        )
    })
}

/// Each file directly in `tests/` would be a separate binary and take long to link.
fn integration_binary(source: &Source) -> Option<Finding> {
    let (_, inside) = source.path.split_once("/tests/")?;
    let is_crate_test =
        source.is_rust() && !source.path.contains("/src/") && !source.path.starts_with("e2e/");
    (is_crate_test && !inside.starts_with("it/")).then(|| {
        let rule = "one integration binary per crate: `tests/it/main.rs` and its modules";
        Finding::new(&source.path, 0, rule, "move it below `tests/it/`")
    })
}

#[cfg(test)]
mod tests {
    use super::super::packages::package;
    use super::super::places;
    use super::*;

    fn check_file(path: &str) -> Vec<String> {
        places(&check(&[], &[Source::new(path, "")]))
    }

    #[test]
    fn clean_names_pass() {
        for path in [
            "shared/kernel/src/money.rs",
            "services/order/tests/it/carts.rs",
            "docs/guides/common.md",
        ] {
            assert!(check_file(path).is_empty(), "{path}");
        }
    }

    #[test]
    fn vague_names_are_caught() {
        for path in [
            "services/order/src/utils.rs",
            "shared/common/src/lib.rs",
            "gateway/src/helpers/a.rs",
        ] {
            assert_eq!(check_file(path).len(), 1, "{path}");
        }
    }

    #[test]
    fn mod_rs_is_caught() {
        assert_eq!(
            check_file("services/order/src/store/mod.rs"),
            ["services/order/src/store/mod.rs:0"]
        );
    }

    #[test]
    fn a_second_integration_binary_is_caught() {
        assert_eq!(
            check_file("services/order/tests/carts.rs"),
            ["services/order/tests/carts.rs:0"]
        );
    }

    #[test]
    fn a_name_that_differs_from_the_folder_is_caught() {
        let mut odd = package("services/order", &[]);
        odd.name = "orders".to_owned();
        let readme = Source::new("services/order/README.md", "");
        assert_eq!(
            places(&check(&[odd], &[readme])),
            ["services/order/Cargo.toml:0"]
        );
    }

    #[test]
    fn a_missing_readme_is_caught() {
        assert_eq!(
            places(&check(&[package("services/order", &[])], &[])),
            ["services/order/README.md:0"]
        );
    }

    #[test]
    fn a_shared_readme_without_limits_is_caught() {
        let kernel = package("shared/kernel", &[]);
        let silent = Source::new("shared/kernel/README.md", "Money.");
        assert_eq!(
            places(&check(std::slice::from_ref(&kernel), &[silent])),
            ["shared/kernel/README.md:0"]
        );
        let clear = Source::new("shared/kernel/README.md", "What does not belong here: I/O.");
        assert!(check(&[kernel], &[clear]).is_empty());
    }
}

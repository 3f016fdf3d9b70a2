//! The modules of a crate import each other in one direction.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Source};

/// Crates that still have a circle. The list only gets shorter.
const EXCEPT: [&str; 7] = [
    "loadtests",
    "sandbox",
    "shared/instruments",
    "shared/messaging",
    "shared/outbox",
    "shared/persistence",
    "xtask",
];

/// The modules that each module imports.
type Imports<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// Checks the modules below the root of each crate.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut packages: BTreeMap<&str, Imports<'_>> = BTreeMap::new();
    for source in sources {
        let (Some(package), Some(module)) = (source.package(), source.module()) else {
            continue;
        };
        if source.is_test() || ["lib", "main"].contains(&module) || EXCEPT.contains(&package) {
            continue;
        }
        let code = source.code.split("#[cfg(test)]\nmod ").next();
        let modules = packages.entry(package).or_default();
        let imported = modules.entry(module).or_default();
        imported.extend(imports(code.unwrap_or_default()));
        imported.remove(module);
    }
    packages
        .into_iter()
        .filter_map(|(package, modules)| {
            let circle = circle(modules);
            let rule = format!("modules import in one direction, and these in a circle: {circle}");
            let advice = "move what both sides need below them, or pass it in";
            (!circle.is_empty()).then(|| Finding::new(&format!("{package}/src"), 0, rule, advice))
        })
        .collect()
}

/// The names that follow `crate::`, alone or in braces.
fn imports(code: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for path in code.split("crate::").skip(1) {
        let Some(group) = path.strip_prefix('{') else {
            found.extend(name(path));
            continue;
        };
        let mut depth = 0;
        let items = group.split(|c: char| {
            depth += match c {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            depth < 0 || (depth == 0 && c == ',')
        });
        // From the brace that closes the group on, every item is empty.
        let items = items.take_while(|item| !item.trim().is_empty());
        found.extend(items.filter_map(|item| name(item.trim_start())));
    }
    found
}

fn name(path: &str) -> Option<&str> {
    let end = path.find(|c: char| !c.is_alphanumeric() && c != '_');
    path.get(..end.unwrap_or(path.len()))
}

/// The modules that remain when all are left out that import none of the others, or are imported by none.
fn circle(mut modules: Imports<'_>) -> String {
    loop {
        let all: BTreeSet<&str> = modules.keys().copied().collect();
        let imported: BTreeSet<&str> = modules.values().flatten().copied().collect();
        modules.retain(|module, imports| imported.contains(module) && !imports.is_disjoint(&all));
        if modules.len() == all.len() {
            return all.into_iter().collect::<Vec<_>>().join(", ");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The circle found in a crate of these modules.
    fn caught(files: &[(&str, &str)]) -> Option<String> {
        let sources: Vec<Source> = files
            .iter()
            .map(|(path, text)| Source::new(&format!("shared/chassis/src/{path}"), text))
            .collect();
        let finding = check(&sources).into_iter().next()?;
        let (_, circle) = finding.rule.rsplit_once(": ")?;
        Some(circle.to_owned())
    }

    #[test]
    fn one_direction_passes() {
        let files = [
            ("lib.rs", "mod auth; mod status; pub use crate::auth::Keys;"),
            ("auth.rs", "use crate::status::Reject;\nuse crate::Config;"),
            ("auth/keys.rs", "use crate::auth::Claims; // crate::grpc"),
            ("grpc.rs", "use crate::{auth::{self, Keys}, status};"),
            (
                "status.rs",
                "#[cfg(test)]\nmod tests { use crate::grpc::Server; }",
            ),
        ];
        assert_eq!(caught(&files), None);
    }

    #[test]
    fn a_circle_is_caught_and_named() {
        let files = [
            ("config.rs", "use crate::auth::Config;"),
            ("auth.rs", "use crate::status::Reject;"),
            (
                "status.rs",
                "use crate::{\n    Config,\n    grpc::{Server, tls},\n};",
            ),
            ("grpc/server.rs", "fn f() { crate::auth::caller() }"),
            ("shutdown.rs", ""),
        ];
        assert_eq!(caught(&files).as_deref(), Some("auth, grpc, status"));
    }

    #[test]
    fn a_circle_of_two_is_caught_in_the_middle_of_a_group() {
        let files = [
            (
                "inbox.rs",
                "use crate::{config::{self, Config}, relay, store};",
            ),
            ("relay.rs", "use crate::inbox;"),
        ];
        assert_eq!(caught(&files).as_deref(), Some("inbox, relay"));
    }
}

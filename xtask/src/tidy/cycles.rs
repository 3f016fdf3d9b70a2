//! The top-level modules of a crate import each other without cycles.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Source};

/// Module → imported module → path and line of one import.
type Imports<'a> = BTreeMap<String, BTreeMap<String, (&'a str, usize)>>;

/// Checks every crate, without its tests.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut crates: BTreeMap<&str, Vec<&Source>> = BTreeMap::new();
    let written = sources.iter().filter(|source| source.is_rust());
    for source in written.filter(|source| !source.path.contains("/tests")) {
        if let Some(package) = source.package() {
            crates.entry(package).or_default().push(source);
        }
    }
    crates.values().flat_map(|files| of_crate(files)).collect()
}

fn of_crate(files: &[&Source]) -> Vec<Finding> {
    let modules: BTreeSet<&str> = files.iter().filter_map(|file| file.module()).collect();
    let roots = files.iter().filter(|file| is_root(file));
    let reexports: BTreeMap<String, String> = roots.flat_map(|file| reexports(file)).collect();
    let mut imports: Imports<'_> = BTreeMap::new();
    for file in files.iter().filter(|file| !is_root(file)) {
        let Some(own) = file.module() else { continue };
        for (name, line) in imported(file) {
            let module = reexports.get(&name).unwrap_or(&name);
            if module != own && modules.contains(module.as_str()) {
                let of_own = imports.entry(own.to_owned()).or_default();
                let place = (file.path.as_str(), line);
                of_own.entry(module.clone()).or_insert(place);
            }
        }
    }
    // Of each cycle, report only the import of one module, so that it is reported once.
    let mut findings = Vec::new();
    for (from, targets) in &imports {
        for (to, (path, line)) in targets {
            if let Some(back) = shortest_path(&imports, to, from)
                && from == back.iter().max().unwrap_or(from)
            {
                let cycle = [vec![from.clone()], back].concat().join(" → ");
                let rule = format!(
                    "the modules of a crate import without cycles, and here is one: {cycle}"
                );
                let advice =
                    "move the shared code to a module that both import, or pass it as an argument";
                findings.push(Finding::new(path, *line, rule, advice));
            }
        }
    }
    findings
}

fn is_root(file: &Source) -> bool {
    file.path.ends_with("/src/lib.rs") || file.path.ends_with("/src/main.rs")
}

/// The modules on the shortest path from `from` to `to`, including both.
fn shortest_path(imports: &Imports<'_>, from: &str, to: &str) -> Option<Vec<String>> {
    let mut paths = vec![vec![from.to_owned()]];
    let mut seen = BTreeSet::from([from.to_owned()]);
    while let Some(path) = (!paths.is_empty()).then(|| paths.remove(0)) {
        let last = path.last()?;
        if last == to {
            return Some(path);
        }
        for next in imports.get(last).into_iter().flat_map(BTreeMap::keys) {
            if seen.insert(next.clone()) {
                paths.push([path.clone(), vec![next.clone()]].concat());
            }
        }
    }
    None
}

/// The names that the crate's root re-exports, and their modules: `Config` → `config`.
fn reexports(root: &Source) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (position, _) in root.code.match_indices("use ") {
        let statement = root.code[position + 4..].split(';').next().unwrap_or("");
        let Some((module, names)) = statement.trim().split_once("::") else {
            continue;
        };
        let names = names.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        let names = names.filter(|name| !name.is_empty());
        found.extend(names.map(|name| (name.to_owned(), module.to_owned())));
    }
    found
}

/// The names in the crate's root that a file uses, with lines: `store` for `crate::store::Store`.
pub(super) fn imported(file: &Source) -> Vec<(String, usize)> {
    let (_, inside) = file.path.split_once("/src/").unwrap_or_default();
    let depth = inside.trim_end_matches(".rs").split('/').count();
    let code = without_tests(&file.code);
    let mut found = Vec::new();
    for word in ["crate::", "super::"] {
        for (position, _) in code.match_indices(word) {
            let before = code[..position].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let mut rest = &code[position..];
            let mut supers = 0;
            while let Some(above) = rest.strip_prefix("super::") {
                supers += 1;
                rest = above;
            }
            let at_root = rest
                .strip_prefix("crate::")
                .or((supers == depth).then_some(rest));
            if let Some(names) = at_root {
                let line = code[..position].matches('\n').count() + 1;
                found.extend(heads(names).into_iter().map(|name| (name, line)));
            }
        }
    }
    found
}

/// The first names of a path or of each path in braces: `a` and `c` of `{a::b, c::{d, e}}`.
fn heads(path: &str) -> Vec<String> {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let head = |text: &str| -> String {
        text.trim_start()
            .chars()
            .take_while(|c| is_name(*c))
            .collect()
    };
    let Some(inside) = path.strip_prefix('{') else {
        return vec![head(path)];
    };
    let mut names = vec![head(inside)];
    let mut open = 1;
    for (position, c) in inside.char_indices() {
        match c {
            '{' => open += 1,
            '}' => open -= 1,
            ',' if open == 1 => names.push(head(&inside[position + 1..])),
            _ => {}
        }
        if open == 0 {
            break;
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// The code before its test module, which comes last.
fn without_tests(code: &str) -> &str {
    let begin = code.find("#[cfg(test)]\nmod tests {");
    let begin = begin.or_else(|| code.find("#[cfg(test)]\n#[allow"));
    &code[..begin.unwrap_or(code.len())]
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    fn crate_of(files: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<Source> = files
            .iter()
            .map(|(path, text)| Source::new(&format!("services/order/src/{path}"), text))
            .collect();
        places(&check(&sources))
    }

    #[test]
    fn imports_in_one_direction_pass() {
        let files = [
            ("lib.rs", "mod app; mod store; pub use store::Store;"),
            ("app.rs", "use crate::store::{Store, orders};"),
            ("app/place.rs", "use super::App; use crate::Store;"),
            ("store.rs", "use crate::domain::Order;"),
            (
                "domain.rs",
                "fn main() {}\n#[cfg(test)]\nmod tests {\n use crate::app::App;\n}",
            ),
        ];
        assert_eq!(crate_of(&files), Vec::<String>::new());
    }

    #[test]
    fn two_modules_that_import_each_other_are_caught() {
        let files = [
            (
                "saga.rs",
                "use std::fmt;\nuse crate::domain::order::Reason;",
            ),
            ("domain/order.rs", "\n\nuse crate::saga::Step;"),
        ];
        assert_eq!(crate_of(&files), ["services/order/src/saga.rs:2"]);
    }

    #[test]
    fn a_cycle_of_three_is_caught_through_groups_reexports_and_paths() {
        let files = [
            ("lib.rs", "mod a; mod b; mod c;\npub use c::{Other, Thing};"),
            ("a.rs", "use crate::{\n    x::y,\n    b::{self, B},\n};"),
            ("b/deep.rs", "fn f() -> super::super::Thing { todo!() }"),
            ("c.rs", "fn g() { crate::a::h() }"),
        ];
        assert_eq!(crate_of(&files), ["services/order/src/c.rs:1"]);
    }
}

//! All services have the same modules, with the same direction of imports.

use std::collections::BTreeMap;

use super::cycles::imported;
use super::{Finding, Source};

/// The files that every service has below `src/`.
const FILES: [&str; 15] = [
    "app.rs",
    "config.rs",
    "consumers.rs",
    "domain.rs",
    "failure.rs",
    "grpc.rs",
    "grpc/convert.rs",
    "grpc/policy.rs",
    "grpc/reasons.rs",
    "jobs.rs",
    "lib.rs",
    "main.rs",
    "metrics.rs",
    "schema.rs",
    "store.rs",
];

/// Additional modules of single services.
const OWN: [(&str, &[&str]); 4] = [
    ("catalog", &["cache", "seed"]),
    ("order", &["saga", "seed"]),
    ("payment", &["provider"]),
    ("user", &["mailer", "revocation", "seed", "staff_command"]),
];

/// From the outside in. A module imports only modules of its own and inner layers.
const LAYERS: [(&str, &[&str]); 4] = [
    ("entry", &["grpc", "consumers", "jobs"]),
    ("use cases", &["app"]),
    ("statements", &["store", "schema"]),
    ("rules", &["domain"]),
];

/// Modules that the outermost layer may not import; it uses `app`.
const BEHIND_APP: [&str; 2] = ["store", "schema"];

/// Most lines of a composition root.
const LIB_MAX: usize = 100;

/// Checks the folders below `services/`.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut services: BTreeMap<&str, BTreeMap<&str, &Source>> = BTreeMap::new();
    for source in sources.iter().filter(|source| source.is_rust()) {
        if let Some(path) = source.path.strip_prefix("services/")
            && let Some((service, file)) = path.split_once("/src/")
        {
            services.entry(service).or_default().insert(file, source);
        }
    }
    let each = services.iter().flat_map(|(service, files)| {
        let mut findings = missing(service, files);
        findings.extend(additional(service, files));
        findings.extend(long_root(files));
        findings.extend(files.values().flat_map(|file| upward(file)));
        findings.extend(files.values().flat_map(|file| re_exports(file)));
        findings
    });
    each.collect()
}

fn missing(service: &str, files: &BTreeMap<&str, &Source>) -> Vec<Finding> {
    let absent = FILES.iter().filter(|file| !files.contains_key(*file));
    let finding = |file: &&str| {
        let path = format!("services/{service}/src/{file}");
        let rule = "every service has the same modules";
        Finding::new(&path, 0, rule, "see \"A service\" in ARCHITECTURE.md")
    };
    absent.map(finding).collect()
}

fn additional(service: &str, files: &BTreeMap<&str, &Source>) -> Vec<Finding> {
    let own = OWN.iter().find(|(name, _)| *name == service);
    let own = own.map_or(&[][..], |(_, modules)| *modules);
    let is_known = |module: &str| {
        own.contains(&module)
            || FILES
                .iter()
                .any(|file| file.trim_end_matches(".rs") == module)
    };
    let roots = files.iter().filter(|(file, _)| !file.contains('/'));
    let unknown = roots.filter(|(file, _)| !is_known(file.trim_end_matches(".rs")));
    let finding = |(_, source): (&&str, &&Source)| {
        let rule = format!("`{service}` has a module that no other service has");
        let advice = "put it below `app`, `domain` or `store`, or add it to OWN in xtask/src/tidy/services.rs";
        Finding::new(&source.path, 0, rule, advice)
    };
    unknown.map(finding).collect()
}

fn long_root(files: &BTreeMap<&str, &Source>) -> Option<Finding> {
    let root = files.get("lib.rs")?;
    let lines = root.text.lines().count();
    (lines > LIB_MAX).then(|| {
        let rule =
            format!("lib.rs is a composition root of at most {LIB_MAX} lines, and has {lines}");
        Finding::new(
            &root.path,
            LIB_MAX + 1,
            rule,
            "move code to `shared/service` or a module",
        )
    })
}

/// Imports from an inner layer of an outer one, or from the outermost layer past `app`.
fn upward(file: &Source) -> Vec<Finding> {
    let layer = |module: &str| {
        LAYERS
            .iter()
            .position(|(_, modules)| modules.contains(&module))
    };
    let Some(own) = file.module().and_then(layer) else {
        return Vec::new();
    };
    let wrong = imported(file).into_iter().filter(|(module, _)| {
        let past_app = own == 0 && BEHIND_APP.contains(&module.as_str());
        past_app || layer(module).is_some_and(|other| other < own)
    });
    wrong
        .map(|(module, line)| {
            let rule = format!(
                "imports go grpc, consumers and jobs → app → domain and store; this file may not import `{module}`"
            );
            Finding::new(
                &file.path,
                line,
                rule,
                "call it through `app`, or move it inward",
            )
        })
        .collect()
}

/// Re-exports of `store` and `schema` in `app`: through them the outer layers would import both.
fn re_exports(file: &Source) -> Vec<Finding> {
    if file.module() != Some("app") {
        return Vec::new();
    }
    let is_public_use = |line: usize| {
        let text = file.code.lines().nth(line - 1).unwrap_or_default();
        text.trim_start().starts_with("pub") && text.contains(" use ")
    };
    let wrong = imported(file)
        .into_iter()
        .filter(|(module, line)| BEHIND_APP.contains(&module.as_str()) && is_public_use(*line));
    wrong
        .map(|(module, line)| {
            let rule =
                format!("`app` re-exports nothing of `{module}` to grpc, consumers and jobs");
            let advice = "move the type to `domain`, or define it in `app`";
            Finding::new(&file.path, line, rule, advice)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::places;
    use super::*;

    fn service_with(changed: &[(&str, &str)]) -> Vec<String> {
        let mut files: BTreeMap<&str, &str> = FILES.iter().map(|file| (*file, "")).collect();
        files.extend([
            ("saga.rs", ""),
            ("app/place.rs", "use crate::{domain::Order, store::Store};"),
        ]);
        files.extend(changed.iter().copied());
        let sources: Vec<Source> = files
            .iter()
            .filter(|(_, text)| **text != "absent")
            .map(|(file, text)| Source::new(&format!("services/order/src/{file}"), text))
            .collect();
        places(&check(&sources))
    }

    #[test]
    fn the_agreed_modules_pass() {
        assert_eq!(service_with(&[]), Vec::<String>::new());
    }

    #[test]
    fn a_missing_module_is_caught() {
        for file in FILES {
            assert_eq!(
                service_with(&[(file, "absent")]),
                [format!("services/order/src/{file}:0")]
            );
        }
    }

    #[test]
    fn a_module_that_only_one_service_has_is_caught() {
        assert_eq!(
            service_with(&[("shop.rs", "")]),
            ["services/order/src/shop.rs:0"]
        );
        // Another service's own.
        assert_eq!(
            service_with(&[("mailer.rs", "")]),
            ["services/order/src/mailer.rs:0"]
        );
    }

    #[test]
    fn an_import_in_the_wrong_direction_is_caught() {
        for (file, code) in [
            ("domain/order.rs", "use crate::app::App;"),
            ("store/orders.rs", "use crate::grpc::convert;"),
            ("app/place.rs", "use crate::consumers::queue;"),
            ("grpc/orders.rs", "use crate::store::Store;"),
            (
                "jobs.rs",
                "use crate::{\n    app::App,\n    schema::orders,\n};",
            ),
        ] {
            assert_eq!(
                service_with(&[(file, code)]),
                [format!("services/order/src/{file}:1")],
                "{code}"
            );
        }
    }

    #[test]
    fn a_re_export_of_an_inner_layer_is_caught() {
        for (file, code) in [
            ("app.rs", "pub(crate) use crate::store::Run;"),
            ("app/place.rs", "pub use crate::{\n    store::Run,\n};"),
            (
                "app/place.rs",
                "pub(crate) use super::super::schema::orders;",
            ),
        ] {
            assert_eq!(
                service_with(&[(file, code)]),
                [format!("services/order/src/{file}:1")],
                "{code}"
            );
        }
        let within = [("app.rs", "pub(crate) use place::Placed;")];
        assert_eq!(service_with(&within), Vec::<String>::new());
    }

    #[test]
    fn a_long_composition_root_is_caught() {
        let long = "//\n".repeat(LIB_MAX + 1);
        assert_eq!(
            service_with(&[("lib.rs", &long)]),
            ["services/order/src/lib.rs:101"]
        );
    }
}

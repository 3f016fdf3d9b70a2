//! Rules about which paths and calls may occur in which files.

use super::{Finding, Source};

/// What `domain` may not use: crates that do I/O, the outer modules, and wire types. It may use events
/// (`contracts::messages`).
const OUTSIDE: [&str; 28] = [
    "actix_web",
    "axum",
    "chassis",
    "contracts::catalog",
    "contracts::operations",
    "contracts::order",
    "contracts::payment",
    "contracts::types",
    "contracts::user",
    "crate::app",
    "crate::consumers",
    "crate::grpc",
    "crate::schema",
    "crate::store",
    "diesel",
    "diesel_async",
    "lapin",
    "lettre",
    "messaging",
    "operations",
    "outbox",
    "persistence",
    "redis",
    "reqwest",
    "std::fs",
    "std::net",
    "tokio",
    "tonic",
];

/// Paths or calls, and the files in which they may occur.
struct Rule {
    words: &'static [&'static str],
    is_allowed: fn(&Source) -> bool,
    rule: &'static str,
    advice: &'static str,
}

const RULES: [Rule; 7] = [
    Rule {
        words: &OUTSIDE,
        is_allowed: |source| !source.in_module("domain"),
        rule: "`domain` is pure: it uses no I/O crate and no outer layer",
        advice: "keep only the decision here; move the rest to `store`, `grpc` or `consumers`",
    },
    Rule {
        words: &["async fn", ".await"],
        is_allowed: |source| !source.in_module("domain"),
        rule: "`domain` is pure: it is not async",
        advice: "load the data first, and pass it to the decision",
    },
    Rule {
        words: &["StatusCode", "HttpResponse"],
        is_allowed: speaks_http,
        rule: "HTTP status codes exist only in `gateway`",
        advice: "return an error of the domain; `grpc.rs` converts it to a Status, the gateway to a problem",
    },
    Rule {
        words: &["env::var", "env::vars", "env::var_os", "env::vars_os"],
        is_allowed: |source| source.in_module("config") || source.is_test() || is_tool(source),
        rule: "only config code reads the environment",
        advice: "add a key to the crate's Config and pass it in",
    },
    Rule {
        words: &["SystemTime::now", "Utc::now", "Local::now", "now_utc"],
        is_allowed: |source| {
            source.path == "shared/kernel/src/clock.rs" || source.is_test() || is_tool(source)
        },
        rule: "the time of day comes from `kernel::Clock`",
        advice: "take a Clock, or the time as an argument; tests can then set it",
    },
    Rule {
        words: &["diesel", "diesel_async"],
        is_allowed: may_use_diesel,
        rule: "diesel only in `store`, `schema`, `persistence`, `idempotency`, `leases` and `outbox`",
        advice: "add a function to `store`",
    },
    Rule {
        words: &["tokio_postgres"],
        is_allowed: |source| {
            let crates = ["shared/persistence/", "shared/outbox/"];
            // diesel has no COPY, which loads a million rows in minutes.
            let copies = source.path.ends_with("/src/store/bulk_load.rs");
            copies
                || crates.iter().any(|folder| source.path.starts_with(folder))
                || source.is_test()
        },
        rule: "tokio-postgres only in `persistence` and `outbox`, and for COPY in `store/bulk_load.rs`",
        advice: "use diesel in `store`",
    },
];

/// Checks every Rust file.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources.iter().filter(|source| source.is_rust()) {
        for (index, line) in source.code.lines().enumerate() {
            let broken = RULES.iter().filter(|rule| {
                !(rule.is_allowed)(source) && rule.words.iter().any(|word| uses(line, word))
            });
            findings.extend(
                broken.map(|rule| Finding::new(&source.path, index + 1, rule.rule, rule.advice)),
            );
        }
    }
    findings.extend(one_module_for_redis(sources));
    findings
}

/// Whether the line uses `word` as a path or a call: `diesel::` or `use diesel;`, not `no_diesel` or `x.diesel`.
fn uses(line: &str, word: &str) -> bool {
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(position, _)| {
        let before = line
            .get(..position)
            .and_then(|text| text.chars().next_back());
        let after = line.get(position + word.len()..).unwrap_or_default();
        // A crate's name must begin a path; the other words are complete paths or calls.
        let is_crate = word
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let starts = !before.is_some_and(|c| is_name(c) || (is_crate && matches!(c, '.' | ':')))
            || word.starts_with('.');
        let ends = if is_crate {
            after.starts_with("::") || names_crate(line, after)
        } else {
            !after.starts_with(is_name)
        };
        starts && ends
    })
}

/// `use diesel;` and `use diesel as d;`
fn names_crate(line: &str, after: &str) -> bool {
    line.trim_start().starts_with("use ") && (after.starts_with(';') || after.starts_with(" as "))
}

/// The gateway, the sandbox, payment's client of the provider, and the probes of the admin port.
fn speaks_http(source: &Source) -> bool {
    let payments = source.path.starts_with("services/payment/src/") && source.in_module("provider");
    let probes = source.path.starts_with("shared/chassis/src/") && source.in_module("admin");
    let servers = ["gateway/", "sandbox/"]
        .iter()
        .any(|folder| source.path.starts_with(folder));
    payments || probes || servers || source.is_test()
}

/// The layers of SQL. Consumers and use cases may only name the connection, which they receive with a transaction and
/// pass on.
fn may_use_diesel(source: &Source) -> bool {
    let layers = ["store", "schema", "seed"]
        .iter()
        .any(|module| source.in_module(module));
    let crates = [
        "shared/persistence/",
        "shared/idempotency/",
        "shared/leases/",
        "shared/outbox/",
    ]
    .iter()
    .any(|folder| source.path.starts_with(folder));
    let only_the_connection = ["consumers", "app"]
        .iter()
        .any(|module| source.in_module(module))
        && source.code.lines().all(|line| {
            !(uses(line, "diesel") || uses(line, "diesel_async"))
                || line.contains("AsyncPgConnection")
        });
    layers || crates || only_the_connection || source.is_test()
}

fn is_tool(source: &Source) -> bool {
    source.path.starts_with("xtask/") || source.path.ends_with("build.rs")
}

/// Only one module of a crate uses Redis.
fn one_module_for_redis(sources: &[Source]) -> Vec<Finding> {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    let mut findings = Vec::new();
    for source in sources
        .iter()
        .filter(|source| source.is_rust() && !source.is_test())
    {
        let Some(line) = source.code.lines().position(|line| uses(line, "redis")) else {
            continue;
        };
        let (Some(package), Some(module)) = (source.package(), source.path.strip_suffix(".rs"))
        else {
            continue;
        };
        match seen.iter().find(|(known, _)| *known == package) {
            None => seen.push((package, module)),
            Some((_, known)) if is_inside(module, known) || is_inside(known, module) => {}
            Some((_, known)) => findings.push(Finding::new(
                &source.path,
                line + 1,
                format!("one module of a crate uses Redis, here `{known}`"),
                format!("add a function to `{known}`"),
            )),
        }
    }
    findings
}

/// Whether a module is `other` or below it: `src/cache/products` is in `src/cache`.
fn is_inside(module: &str, other: &str) -> bool {
    module
        .strip_prefix(other)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests;

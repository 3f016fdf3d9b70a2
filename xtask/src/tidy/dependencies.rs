//! Which crates may depend on which, and where each technology is used.

use super::{Finding, Package};

/// The crates of `shared/` that each crate may depend on, except in tests. Unlisted crates may use none.
const SHARED: &[(&str, &[&str])] = &[
    ("kernel", &[]),
    ("contracts", &["kernel"]),
    ("instruments", &["kernel"]),
    ("tls", &[]),
    ("tokens", &["kernel"]),
    ("persistence", &["kernel", "instruments", "tls"]),
    ("idempotency", &["kernel", "persistence"]),
    ("leases", &["persistence"]),
    ("messaging", &["kernel", "contracts", "instruments", "tls"]),
    (
        "outbox",
        &[
            "kernel",
            "contracts",
            "instruments",
            "persistence",
            "leases",
            "messaging",
        ],
    ),
    ("chassis", &["kernel", "contracts", "instruments", "tls"]),
    ("upstream", &["instruments", "chassis", "tls"]),
    (
        "operations",
        &[
            "kernel",
            "contracts",
            "chassis",
            "persistence",
            "messaging",
            "tokens",
        ],
    ),
    (
        "service",
        &[
            "kernel",
            "contracts",
            "instruments",
            "chassis",
            "upstream",
            "persistence",
            "messaging",
            "outbox",
            "operations",
            "tokens",
        ],
    ),
    ("testkit", &["kernel", "contracts", "chassis"]),
    (
        "gateway",
        &[
            "kernel",
            "contracts",
            "instruments",
            "chassis",
            "upstream",
            "messaging",
            "tls",
        ],
    ),
    ("sandbox", &["kernel", "instruments", "chassis"]),
];

/// What a service may use: all except `testkit`.
const OF_A_SERVICE: &[&str] = &[
    "kernel",
    "contracts",
    "instruments",
    "chassis",
    "upstream",
    "persistence",
    "idempotency",
    "leases",
    "messaging",
    "outbox",
    "operations",
    "service",
    "tls",
    "tokens",
];

/// One place per technology: prefixes of crate names, and the packages that may use these crates.
const TECHNOLOGIES: [(&str, &[&str]); 14] = [
    ("actix-", &["gateway", "sandbox"]),
    ("axum", &["chassis"]),
    (
        "diesel",
        &[
            "persistence",
            "idempotency",
            "leases",
            "outbox",
            "operations",
            "services",
        ],
    ),
    ("lapin", &["messaging"]),
    ("lettre", &["user"]),
    // Only `instruments` defines metrics. The facade `metrics` has no exemplars.
    ("metrics", &["instruments"]),
    ("opentelemetry", &["chassis"]),
    ("prometheus", &["instruments"]),
    ("tracing-opentelemetry", &["chassis"]),
    ("tracing-subscriber", &["chassis"]),
    ("redis", &["catalog", "gateway"]),
    (
        "reqwest",
        &["gateway", "payment", "sandbox", "testkit", "loadtests"],
    ),
    ("goose", &["loadtests"]),
    (
        "tokio-postgres",
        &["persistence", "outbox", "catalog", "testkit"],
    ),
];

/// What xtask may depend on. Every command compiles it first, so it has no async runtime, no HTTP client and no database
/// driver.
const OF_XTASK: &[&str] = &[
    "anyhow",
    "clap",
    "rustix",
    "serde",
    "serde_json",
    "signal-hook",
    "topology",
];

/// Checks every manifest.
pub(super) fn check(packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in packages {
        if package.folder == "xtask" {
            findings.extend(heavy(package));
            continue;
        }
        // The end-to-end tests start all processes, and `prove` reads all databases: they may depend on any crate.
        if !package.folder.starts_with("e2e") {
            findings.extend(foreign_service(package, packages));
            findings.extend(direction(package, packages));
            findings.extend(technologies(package));
            findings.extend(test_tools(package));
        }
    }
    findings
}

/// Includes build and test dependencies: `cargo xtask test` compiles them, too.
fn heavy(package: &Package) -> Vec<Finding> {
    let dependencies = package.dependencies.iter();
    let heavy = dependencies.filter(|dependency| !OF_XTASK.contains(&dependency.name.as_str()));
    heavy
        .map(|dependency| {
            Finding::new(
                &package.manifest(),
                0,
                format!(
                    "`xtask` is compiled before everything else and may use {}, not `{}`",
                    OF_XTASK.join(", "),
                    dependency.name
                ),
                "move the code to a program that xtask builds and runs, such as `e2e/containers`",
            )
        })
        .collect()
}

fn foreign_service(package: &Package, packages: &[Package]) -> Vec<Finding> {
    let is_service = |name: &str| {
        packages
            .iter()
            .any(|other| other.name == name && other.is_service())
    };
    // Payment's tests use the sandbox.
    let own = |name: &str, is_dev: bool| is_dev && package.name == "payment" && name == "sandbox";
    let foreign = package.dependencies.iter().filter(|dependency| {
        is_service(&dependency.name) && !own(&dependency.name, dependency.is_dev())
    });
    foreign
        .map(|dependency| {
            Finding::new(
                &package.manifest(),
                0,
                format!(
                    "no crate depends on a service's crate, and `{}` depends on `{}`",
                    package.name, dependency.name
                ),
                "use `contracts`: gRPC if the caller needs a response, else a message",
            )
        })
        .collect()
}

fn direction(package: &Package, packages: &[Package]) -> Vec<Finding> {
    let listed = SHARED
        .iter()
        .find(|(name, _)| *name == package.name)
        .map(|(_, allowed)| *allowed);
    let allowed = listed.unwrap_or(if package.is_service() {
        OF_A_SERVICE
    } else {
        &[]
    });
    let is_shared = |name: &str| {
        packages
            .iter()
            .any(|other| other.name == name && other.folder.starts_with("shared/"))
    };
    package
        .dependencies
        .iter()
        .filter(|dependency| {
            !dependency.is_dev() && dependency.name != "testkit" && is_shared(&dependency.name)
        })
        .filter(|dependency| !allowed.contains(&dependency.name.as_str()))
        .map(|dependency| {
            let what = if allowed.is_empty() {
                "no shared crate".to_owned()
            } else {
                allowed.join(", ")
            };
            Finding::new(
                &package.manifest(),
                0,
                format!(
                    "dependencies have one direction: `{}` may use {what}, not `{}`",
                    package.name, dependency.name
                ),
                "move the code to a crate that may use both, or pass the value as an argument",
            )
        })
        .collect()
}

fn technologies(package: &Package) -> Vec<Finding> {
    let mut findings = Vec::new();
    for dependency in package
        .dependencies
        .iter()
        .filter(|dependency| !dependency.is_dev())
    {
        for (technology, places) in TECHNOLOGIES {
            let is_it = dependency.name.starts_with(technology);
            let is_service = package.is_service() && package.name != "sandbox";
            let may = places.contains(&package.name.as_str())
                || (places.contains(&"services") && is_service);
            if is_it && !may {
                findings.push(Finding::new(
                    &package.manifest(),
                    0,
                    format!(
                        "one place per technology: `{}` is for {}",
                        dependency.name,
                        places.join(", ")
                    ),
                    format!("use the functions of that place in `{}`", package.name),
                ));
            }
        }
    }
    findings
}

fn test_tools(package: &Package) -> Vec<Finding> {
    let tools = package
        .dependencies
        .iter()
        .filter(|dependency| !dependency.is_dev() && dependency.name == "testkit");
    tools
        .map(|_| {
            Finding::new(
                &package.manifest(),
                0,
                "`testkit` is a dev-dependency only",
                "move it to [dev-dependencies]",
            )
        })
        .collect()
}

#[cfg(test)]
mod tests;

use super::super::packages::package;
use super::*;

/// A workspace without violations, with one package added or replaced.
fn workspace_with(changed: Package) -> Vec<Finding> {
    let clean = [
        package("shared/kernel", &["serde"]),
        package("shared/contracts", &["kernel", "tonic"]),
        package("shared/persistence", &["diesel-async", "dev:testkit"]),
        package("shared/messaging", &["contracts", "lapin"]),
        package("shared/leases", &["persistence", "diesel"]),
        package(
            "shared/outbox",
            &["persistence", "leases", "messaging", "diesel"],
        ),
        package(
            "shared/chassis",
            &["contracts", "opentelemetry-otlp", "axum"],
        ),
        package("shared/upstream", &["chassis", "dev:testkit"]),
        package(
            "shared/operations",
            &["chassis", "persistence", "messaging", "diesel"],
        ),
        package(
            "shared/service",
            &["chassis", "persistence", "outbox", "operations"],
        ),
        package("shared/testkit", &["reqwest", "tokio-postgres"]),
        package(
            "services/order",
            &["chassis", "outbox", "service", "diesel", "dev:testkit"],
        ),
        package(
            "services/payment",
            &["chassis", "upstream", "reqwest", "dev:sandbox"],
        ),
        package("sandbox", &["actix-web", "chassis"]),
        package(
            "gateway",
            &["chassis", "upstream", "messaging", "actix-web", "redis"],
        ),
        package("e2e", &["dev:order", "dev:gateway", "dev:testkit"]),
        package("xtask", &["anyhow", "topology"]),
    ];
    let mut workspace: Vec<Package> = clean
        .into_iter()
        .filter(|package| package.name != changed.name)
        .collect();
    workspace.push(changed);
    check(&workspace)
}

fn caught(folder: &str, dependencies: &[&str]) -> Option<String> {
    let findings = workspace_with(package(folder, dependencies));
    assert!(findings.len() <= 1, "{findings:?}");
    findings.into_iter().next().map(|finding| finding.rule)
}

#[test]
fn a_clean_workspace_passes() {
    assert_eq!(
        caught(
            "services/catalog",
            &["chassis", "redis", "diesel_migrations"]
        ),
        None
    );
}

#[test]
fn a_service_that_depends_on_another_is_caught() {
    let rule = caught("services/user", &["order"]);
    assert_eq!(
        rule.as_deref(),
        Some("no crate depends on a service's crate, and `user` depends on `order`")
    );
    assert!(caught("services/user", &["dev:order"]).is_some());
    assert!(caught("gateway", &["order"]).is_some());
}

#[test]
fn only_payment_may_use_the_sandbox_and_only_in_tests() {
    assert_eq!(caught("services/payment", &["dev:sandbox"]), None);
    assert!(caught("services/payment", &["sandbox"]).is_some());
    assert!(caught("services/order", &["dev:sandbox"]).is_some());
}

#[test]
fn dependencies_in_the_wrong_direction_are_caught() {
    assert!(caught("shared/kernel", &["contracts"]).is_some());
    assert!(caught("shared/contracts", &["chassis"]).is_some());
    assert!(caught("shared/messaging", &["persistence"]).is_some());
    assert!(caught("shared/persistence", &["outbox"]).is_some());
    assert!(caught("shared/persistence", &["leases"]).is_some());
    assert!(caught("shared/leases", &["outbox"]).is_some());
    assert!(caught("shared/chassis", &["outbox"]).is_some());
    assert!(caught("shared/chassis", &["upstream"]).is_some());
    assert_eq!(caught("shared/chassis", &["dev:upstream"]), None);
    assert!(caught("shared/operations", &["upstream"]).is_some());
    assert!(caught("shared/operations", &["outbox"]).is_some());
    assert!(caught("shared/outbox", &["operations"]).is_some());
    assert!(caught("shared/operations", &["service"]).is_some());
    assert!(caught("shared/chassis", &["service"]).is_some());
    assert!(caught("shared/service", &["order"]).is_some());
    assert!(caught("shared/service", &["testkit"]).is_some());
    assert!(caught("gateway", &["operations"]).is_some());
    assert!(caught("gateway", &["service"]).is_some());
    assert!(caught("gateway", &["outbox"]).is_some());
    assert!(caught("gateway", &["persistence"]).is_some());
}

#[test]
fn heavy_dependencies_of_xtask_are_caught() {
    assert_eq!(caught("xtask", &["anyhow", "clap", "topology"]), None);
    for heavy in [
        "kernel",
        "order",
        "client",
        "tokio",
        "reqwest",
        "hyper",
        "diesel",
        "tokio-postgres",
        "dev:testkit",
        "dev:tokio",
    ] {
        assert!(caught("xtask", &[heavy]).is_some(), "{heavy}");
    }
}

#[test]
fn a_technology_in_another_place_is_caught() {
    assert!(caught("gateway", &["diesel"]).is_some());
    assert!(caught("gateway", &["diesel-async"]).is_some());
    assert!(caught("services/order", &["actix-web"]).is_some());
    assert!(caught("services/order", &["lapin"]).is_some());
    assert!(caught("shared/service", &["diesel"]).is_some());
    assert!(caught("services/order", &["redis"]).is_some());
    assert!(caught("services/order", &["opentelemetry_sdk"]).is_some());
    assert!(caught("services/order", &["metrics"]).is_some());
    assert!(caught("chassis", &["prometheus-client"]).is_some());
    assert!(caught("sandbox", &["diesel"]).is_some());
    assert_eq!(caught("services/catalog", &["diesel", "redis"]), None);
}

#[test]
fn testkit_outside_of_tests_is_caught() {
    assert_eq!(
        caught("services/order", &["testkit"]).as_deref(),
        Some("`testkit` is a dev-dependency only")
    );
    assert_eq!(caught("services/order", &["dev:testkit"]), None);
}

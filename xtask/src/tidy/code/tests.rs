use super::super::places;
use super::*;

/// The lines with findings in a file with this code.
fn caught(path: &str, code: &str) -> Vec<usize> {
    check(&[Source::new(path, code)])
        .into_iter()
        .map(|finding| finding.line)
        .collect()
}

#[test]
fn a_pure_domain_passes() {
    let code =
        "//! No tokio::spawn here.\nuse kernel::Money;\nconst TEXT: &str = \"tonic::Status\";\n";
    assert!(caught("services/order/src/domain/cart.rs", code).is_empty());
}

#[test]
fn an_impure_domain_is_caught() {
    for code in [
        "use tokio::sync::Mutex;",
        "use crate::store::Store;",
        "use diesel;",
        "use contracts::order::v1::Cart;",
        "fn f() -> tonic::Status {}",
    ] {
        assert!(
            !caught("services/order/src/domain.rs", code).is_empty(),
            "{code}"
        );
        assert!(
            !caught("services/order/src/domain/cart.rs", &format!("\n{code}")).is_empty(),
            "{code}"
        );
    }
    assert!(caught("services/order/src/jobs.rs", "use tokio::sync::Mutex;").is_empty());
}

#[test]
fn an_async_domain_is_caught() {
    assert_eq!(
        caught(
            "services/user/src/domain.rs",
            "async fn decide() {\n  other().await\n}"
        ),
        [1, 2]
    );
}

#[test]
fn status_codes_outside_the_gateway_are_caught() {
    let code = "fn f() -> StatusCode { StatusCode::OK }";
    assert_eq!(caught("services/order/src/grpc.rs", code), [1]);
    for path in [
        "gateway/src/edge/problem.rs",
        "sandbox/src/lib.rs",
        "services/payment/src/provider/stripe.rs",
        "shared/chassis/src/admin.rs",
        "e2e/src/lib.rs",
    ] {
        assert!(caught(path, code).is_empty(), "{path}");
    }
}

#[test]
fn reading_the_environment_outside_config_is_caught() {
    let code = "let home = std::env::var(name);";
    assert_eq!(caught("services/order/src/lib.rs", code), [1]);
    assert!(caught("shared/chassis/src/config/load.rs", code).is_empty());
    assert!(caught("services/order/tests/it/main.rs", code).is_empty());
    assert!(caught("services/order/src/lib.rs", "let here = env!(name);").is_empty());
}

#[test]
fn a_clock_other_than_kernel_clock_is_caught() {
    for code in [
        "chrono::Utc::now()",
        "SystemTime::now()",
        "let now = Local::now();",
    ] {
        assert_eq!(caught("services/order/src/jobs.rs", code), [1], "{code}");
        assert!(
            caught("shared/kernel/src/clock.rs", code).is_empty(),
            "{code}"
        );
    }
    assert!(caught("services/order/src/jobs.rs", "Instant::now(); clock.now()").is_empty());
}

#[test]
fn diesel_outside_the_layers_of_sql_is_caught() {
    let code = "use diesel::prelude::*;";
    assert_eq!(caught("services/order/src/grpc.rs", code), [1]);
    for path in [
        "services/order/src/store.rs",
        "services/order/src/store/carts.rs",
        "shared/leases/src/table.rs",
        "shared/outbox/src/relay.rs",
    ] {
        assert!(caught(path, code).is_empty(), "{path}");
    }
    assert!(
        caught(
            "services/order/src/lib.rs",
            "use diesel_migrations::EmbeddedMigrations;"
        )
        .is_empty()
    );
}

#[test]
fn consumers_and_use_cases_may_name_only_diesels_connection() {
    for path in [
        "services/order/src/consumers.rs",
        "services/order/src/app/carts.rs",
    ] {
        assert!(caught(path, "use diesel_async::AsyncPgConnection;").is_empty());
        assert_eq!(
            caught(
                path,
                "use diesel_async::AsyncPgConnection;\nuse diesel::prelude::*;"
            ),
            [1, 2]
        );
    }
}

#[test]
fn tokio_postgres_in_another_crate_is_caught() {
    let code = "let row = tokio_postgres::connect();";
    assert_eq!(caught("services/catalog/src/store.rs", code), [1]);
    assert!(caught("services/catalog/src/store/bulk_load.rs", code).is_empty());
    assert!(caught("shared/outbox/src/relay.rs", code).is_empty());
}

#[test]
fn a_second_module_that_uses_redis_is_caught() {
    let code = "use redis::Client;";
    let cache = Source::new("services/catalog/src/cache.rs", code);
    let part = Source::new("services/catalog/src/cache/products.rs", code);
    let other = Source::new("services/catalog/src/store.rs", code);
    assert!(check(&[cache.clone(), part.clone()]).is_empty());
    assert_eq!(
        places(&check(&[cache, part, other])),
        ["services/catalog/src/store.rs:1"]
    );
    let counters = Source::new("gateway/src/edge/rate_limit/shared.rs", code);
    let gate = Source::new("gateway/src/edge/gate.rs", code);
    assert_eq!(
        places(&check(&[counters, gate])),
        ["gateway/src/edge/gate.rs:1"]
    );
}

#[test]
fn words_match_only_paths() {
    for line in [
        "config.redis::<A>()",
        "my_redis::x",
        "use crate::redis::Cache;",
        "let redis = 1;",
    ] {
        assert!(!uses(line, "redis"), "{line}");
    }
    for line in [
        "redis::Client",
        "(redis::Client)",
        "use redis;",
        "use redis as r;",
        "&redis::x",
    ] {
        assert!(uses(line, "redis"), "{line}");
    }
}

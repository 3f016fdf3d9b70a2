//! Shared crates are independent of services: their identifiers and metric names contain no service's name.

use super::{Finding, Package, Source};

/// The contracts between processes, the ids that they share, and test tooling.
const EXEMPT: [&str; 3] = ["shared/contracts/", "shared/kernel/", "shared/testkit/"];

/// Names that are not about the service `user`: a caller's identity and a header.
const WORDS: [&str; 2] = ["user_id", "USER_AGENT"];

/// Checks the code of the shared crates, without their tests.
pub(super) fn check(packages: &[Package], sources: &[Source]) -> Vec<Finding> {
    let services: Vec<&str> = packages
        .iter()
        .filter(|package| package.is_service())
        .map(|package| package.name.as_str())
        .collect();
    let shared = sources.iter().filter(|source| {
        source.is_rust()
            && !source.is_test()
            && source.path.starts_with("shared/")
            && !EXEMPT.iter().any(|folder| source.path.starts_with(folder))
    });
    shared
        .flat_map(|source| of_file(source, &services))
        .collect()
}

fn of_file(source: &Source, services: &[&str]) -> Vec<Finding> {
    // A test module ends a file.
    let product = source
        .text
        .lines()
        .take_while(|line| *line != "#[cfg(test)]");
    let mut findings = Vec::new();
    for (index, (text, code)) in product.zip(source.code.lines()).enumerate() {
        // `contracts` defines the names on the wire.
        if code.contains("contracts::") {
            continue;
        }
        let literals = text.split('"').skip(1).step_by(2);
        let named = names(code)
            .chain(literals.flat_map(names))
            .find_map(|name| {
                let service = services.iter().find(|service| belongs_to(name, service))?;
                Some((name, service))
            });
        if let Some((name, service)) = named {
            let rule =
                format!("a shared crate names no service, and `{name}` belongs to `{service}`");
            let advice = "move it to the service, or take the name as an argument";
            findings.push(Finding::new(&source.path, index + 1, rule, advice));
        }
    }
    findings
}

fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// `order_id` and `ORDERS_PLACED` belong to `order`; the word alone may mean something else.
fn belongs_to(name: &str, service: &str) -> bool {
    let Some((first, _)) = name.split_once('_').filter(|_| !WORDS.contains(&name)) else {
        return false;
    };
    let first = first.to_lowercase();
    first == service || first.strip_suffix('s') == Some(service)
}

#[cfg(test)]
mod tests {
    use super::super::packages::package;
    use super::super::places;
    use super::*;

    fn caught(path: &str, text: &str) -> Vec<String> {
        let packages = [
            package("services/order", &[]),
            package("services/user", &[]),
        ];
        places(&check(&packages, &[Source::new(path, text)]))
    }

    #[test]
    fn a_service_in_a_shared_crate_is_caught() {
        for text in [
            "use orders_placed::ALL;",
            "static ORDERS_PLACED: u8 = 1;",
            "const NAME: &str = \"user_mails_total\";",
            "tracing::info_span!(\"x\", order_id = 1);",
        ] {
            assert_eq!(
                caught("shared/chassis/src/telemetry.rs", &format!("\n{text}")),
                ["shared/chassis/src/telemetry.rs:2"],
                "{text}"
            );
        }
    }

    #[test]
    fn other_words_tests_and_services_pass() {
        for text in [
            "// order_id\nlet order = user.password();",
            "const SQL: &str = \"SELECT x ORDER BY user\";",
            "fn reorder_all() {}",
            "use http::header::USER_AGENT;",
            "use contracts::user::v1::user_service_client::UserServiceClient;",
            "fn f() {}\n#[cfg(test)]\nmod tests { const ORDER_ID: u8 = 1; }",
        ] {
            assert!(
                caught("shared/outbox/src/rows.rs", text).is_empty(),
                "{text}"
            );
        }
        let text = "const ORDER_ID: u8 = 1;";
        for path in [
            "services/order/src/metrics.rs",
            "shared/contracts/src/trace.rs",
            "shared/outbox/tests/it/main.rs",
        ] {
            assert!(caught(path, text).is_empty(), "{path}");
        }
    }
}

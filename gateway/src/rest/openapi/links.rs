//! Links from the answer of an operation to the operations that take its id.

use utoipa::openapi::{RefOr, link::Link, path::Operation};

/// An answer whose body has a member that is a parameter in the paths of other operations.
struct Source {
    operation: &'static str,
    status: &'static str,
    parameter: &'static str,
    targets: &'static [&'static str],
}

/// The member of the answer's body with the name of the parameter.
const fn source(
    operation: &'static str,
    status: &'static str,
    parameter: &'static str,
    targets: &'static [&'static str],
) -> Source {
    Source {
        operation,
        status,
        parameter,
        targets,
    }
}

const ORDER: &[&str] = &[
    "orders_get",
    "orders_cancel",
    "orders_timeline",
    "order_events_follow",
    "order_page_get",
    "refunds_payment",
    "returns_of_order",
    "returns_request",
];

const SOURCES: &[Source] = &[
    source("orders_place", "201", "id", ORDER),
    source("orders_get", "200", "id", ORDER),
    source(
        "orders_ship",
        "202",
        "id",
        &["orders_get", "orders_deliver"],
    ),
    source(
        "returns_request",
        "201",
        "id",
        &[
            "returns_get",
            "returns_withdraw",
            "returns_approve",
            "returns_refuse",
        ],
    ),
    source(
        "addresses_create",
        "201",
        "id",
        &["addresses_replace", "addresses_delete"],
    ),
    source(
        "categories_create",
        "201",
        "slug",
        &["categories_get", "categories_change", "categories_delete"],
    ),
    source(
        "staff_products_create",
        "201",
        "sku",
        &[
            "staff_products_get",
            "staff_products_change",
            "staff_products_archive",
            "stock_get",
            "stock_adjust",
        ],
    ),
    source(
        "discounts_create",
        "201",
        "code",
        &["discounts_get", "discounts_change", "discounts_end"],
    ),
    source(
        "staff_members_invite",
        "201",
        "id",
        &["staff_members_change_groups", "staff_members_remove"],
    ),
    source(
        "reconciliations_start",
        "202",
        "id",
        &["reconciliations_get"],
    ),
];

impl Source {
    /// A runtime expression of OpenAPI.
    fn value(&self) -> String {
        format!("$response.body#/{}", self.parameter)
    }
}

/// Adds the links of an operation's answers.
pub(super) fn add(name: &str, operation: &mut Operation) {
    for source in SOURCES.iter().filter(|source| source.operation == name) {
        if let Some(RefOr::T(response)) = operation.responses.responses.get_mut(source.status) {
            for target in source.targets {
                let link = Link::builder()
                    .operation_id(*target)
                    .parameter(source.parameter, source.value());
                response
                    .links
                    .insert((*target).to_owned(), link.build().into());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use std::collections::BTreeMap;

    use serde_json::Value;

    use super::*;

    #[test]
    fn every_link_leads_from_an_answer_to_an_operation_with_its_parameter() {
        let document: Value = serde_json::from_slice(&super::super::json()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        let operations: BTreeMap<&str, (&str, &Value)> = paths
            .iter()
            .flat_map(|(path, item)| {
                let operations = item.as_object().unwrap().values();
                operations.filter_map(move |operation| {
                    Some((
                        operation["operationId"].as_str()?,
                        (path.as_str(), operation),
                    ))
                })
            })
            .collect();
        for source in SOURCES {
            let (_, operation) = operations[source.operation];
            let links = &operation["responses"][source.status]["links"];
            for target in source.targets {
                let (path, _) = operations[target];
                assert!(
                    path.contains(&format!("{{{}}}", source.parameter)),
                    "{target}"
                );
                let link = &links[target]["parameters"][source.parameter];
                assert_eq!(*link, source.value(), "{}", source.operation);
            }
        }
    }
}

//! The load balancer takes the address that Terraform made and DNS names, and keeps the address of the client. The values
//! are variables of the environment, named like the outputs, and the page of the cloud says so.

use std::net::Ipv4Addr;

use serde_json::Value;

use super::Finding;
use crate::environment::Environment;
use crate::object::Object;
use crate::repository::Repository;

const SERVICE: &str = "/spec/provider/kubernetes/envoyService";

/// By overlay: a field of Envoy's Service, as JSON pointer, and the variable that it has.
const ADDRESSES: [(&str, &str, &str); 5] = [
    (
        "eks",
        "/annotations/service.beta.kubernetes.io~1aws-load-balancer-eip-allocations",
        "EDGE_ALLOCATION_IDS",
    ),
    (
        "eks",
        "/annotations/service.beta.kubernetes.io~1aws-load-balancer-subnets",
        "EDGE_SUBNETS",
    ),
    (
        "aks",
        "/annotations/service.beta.kubernetes.io~1azure-pip-name",
        "EDGE_ADDRESS_NAME",
    ),
    (
        "aks",
        "/annotations/service.beta.kubernetes.io~1azure-load-balancer-resource-group",
        "EDGE_RESOURCE_GROUP",
    ),
    ("gke", "/loadBalancerIP", "EDGE_ADDRESS"),
];

/// Without these EKS makes a load balancer that only its network reaches, or none.
const EKS: [(&str, &str); 2] = [
    ("/loadBalancerClass", "eks.amazonaws.com/nlb"),
    (
        "/annotations/service.beta.kubernetes.io~1aws-load-balancer-scheme",
        "internet-facing",
    ),
];

/// Whether a variable has the address of the edge.
pub(super) fn is_variable(name: &str) -> bool {
    ADDRESSES.iter().any(|(_, _, variable)| *variable == name)
}

pub(super) fn check(environment: &Environment, repository: &Repository) -> Vec<Finding> {
    let Some(cloud) = repository.cloud(&environment.overlay) else {
        return Vec::new();
    };
    let Some(proxy) = proxy(environment) else {
        let text = "its infrastructure.parametersRef names no EnvoyProxy, so the load balancer gets any address; correct it";
        return vec![Finding::new("Gateway/edge", text)];
    };
    let mut findings = Vec::new();
    let mut find = |text: String| findings.push(Finding::new(proxy.id(), text));
    let addresses = ADDRESSES.iter().filter(|it| it.0 == environment.overlay);
    for (_, field, variable) in addresses {
        let value = proxy.text(&format!("{SERVICE}{field}"));
        match variable_value(environment, variable) {
            Some(expected) if !expected.is_empty() && expected == value => {}
            _ => find(format!(
                "{SERVICE}{field} is `{value}`; set it to {variable} of the environment"
            )),
        }
        let output = variable.to_lowercase();
        if !cloud.outputs.contains(&output) {
            find(format!(
                "{} has no output `{output}` for {variable}; add it",
                cloud.file
            ));
        }
        if !cloud.page.contains(variable) {
            let page = format!("docs/deploy/{}.md", cloud.overlay);
            find(format!(
                "{page} does not say where {variable} comes from; add it"
            ));
        }
    }
    if proxy.text(&format!("{SERVICE}/externalTrafficPolicy")) != "Local" {
        find(
            "another node may forward a connection, which hides the client's address; set \
             envoyService.externalTrafficPolicy: Local"
                .to_owned(),
        );
    }
    if environment.overlay == "eks" {
        for (field, expected) in EKS {
            let field = format!("{SERVICE}{field}");
            if proxy.text(&field) != expected {
                find(format!("{field} is not `{expected}`; set it"));
            }
        }
        let count = |variable| {
            variable_value(environment, variable).map_or(0, |list| list.split(',').count())
        };
        if count("EDGE_ALLOCATION_IDS") != count("EDGE_SUBNETS") {
            find("each subnet has one address; list as many in EDGE_ALLOCATION_IDS as in EDGE_SUBNETS".to_owned());
        }
    }
    if environment.overlay == "gke" {
        let address = proxy.text(&format!("{SERVICE}/loadBalancerIP"));
        if address.parse::<Ipv4Addr>().is_err() {
            find(format!("`{address}` is no IPv4 address; set EDGE_ADDRESS"));
        }
    }
    findings
}

/// The EnvoyProxy that the Gateway uses.
fn proxy(environment: &Environment) -> Option<&Object> {
    let gateway = environment.of_kind("Gateway").next()?;
    let parameters = gateway
        .value
        .pointer("/spec/infrastructure/parametersRef")?;
    let name = parameters.get("name").and_then(Value::as_str)?;
    let mut proxies = environment.of_kind("EnvoyProxy");
    (parameters.get("kind")? == "EnvoyProxy")
        .then(|| proxies.find(|proxy| proxy.name() == name))
        .flatten()
}

/// The value of a variable in any ConfigMap of the environment.
fn variable_value<'a>(environment: &'a Environment, variable: &str) -> Option<&'a str> {
    let mut maps = environment.of_kind("ConfigMap");
    maps.find_map(|map| map.value.get("data")?.get(variable)?.as_str())
}

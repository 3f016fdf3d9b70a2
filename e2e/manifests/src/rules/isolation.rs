//! Nothing may connect without a policy that allows it: both directions are denied, and each pod has its own policies.

use k8s_openapi::api::networking::v1::NetworkPolicySpec;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::Finding;
use crate::environment::Environment;
use crate::network::{Direction, Network, has_direction};
use crate::repository::Repository;

pub(super) fn check(environment: &Environment, _: &Repository) -> Vec<Finding> {
    let network = Network::of(environment);
    let mut findings = Vec::new();
    for (direction, name) in [
        (Direction::Ingress, "Ingress"),
        (Direction::Egress, "Egress"),
    ] {
        let denies = |policy: &NetworkPolicySpec| {
            selects_all(policy)
                && has_direction(policy, direction)
                && policy.ingress.iter().flatten().next().is_none()
                && policy.egress.iter().flatten().next().is_none()
        };
        if !network.policies.iter().any(|(_, policy)| denies(policy)) {
            let text = format!(
                "{name} is allowed by default; add a policy with podSelector: {{}} and policyTypes: [Ingress, Egress]"
            );
            findings.push(Finding::new("NetworkPolicy/default-deny", text));
        }
    }
    for endpoint in &network.endpoints {
        let mut own = network
            .policies
            .iter()
            .filter(|(_, policy)| !selects_all(policy));
        if !own.any(|(_, policy)| endpoint.is_selected_by(policy)) {
            let text = "no NetworkPolicy selects the pod by its labels; correct the labels, or add a policy";
            findings.push(Finding::new(&endpoint.id, text));
        }
    }
    for (id, policy) in &network.policies {
        let mut endpoints = network.endpoints.iter();
        if !endpoints.any(|endpoint| endpoint.is_selected_by(policy)) {
            let text = "the policy selects no pod; correct its podSelector, or remove it";
            findings.push(Finding::new(id, text));
        }
    }
    findings
}

fn selects_all(policy: &NetworkPolicySpec) -> bool {
    policy
        .pod_selector
        .as_ref()
        .is_none_or(|selector| *selector == LabelSelector::default())
}

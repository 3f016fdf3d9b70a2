//! Each process of the shop survives the loss of a zone or node and the drain of a node, and is there in an update.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::policy::v1::PodDisruptionBudget;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::Finding;
use crate::environment::Environment;
use crate::network::matches;
use crate::pod::{Controller, Pod};
use crate::repository::Repository;

const SPREAD: [&str; 2] = ["topology.kubernetes.io/zone", "kubernetes.io/hostname"];

pub(super) fn check(environment: &Environment, _: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for pod in &environment.pods {
        let Controller::Deployment(deployment) = &pod.controller else {
            continue;
        };
        if pod.processes().next().is_none() {
            continue;
        }
        let mut find = |text: String| findings.push(Finding::new(&pod.id, text));
        if !keeps_replicas(deployment) {
            find("an update stops a pod before its successor is ready; set strategy.rollingUpdate.maxUnavailable: 0".to_owned());
        }
        if !has_budget(environment, pod) {
            find("a drain may stop all pods, or none; add a PodDisruptionBudget with maxUnavailable: 1".to_owned());
        }
        for key in SPREAD {
            if !is_spread(pod, key) {
                find(format!(
                    "all pods may be in one {key}; add a topologySpreadConstraint that selects them"
                ));
            }
        }
    }
    findings
}

fn keeps_replicas(deployment: &Deployment) -> bool {
    let spec = deployment.spec.as_ref();
    let strategy = spec.and_then(|spec| spec.strategy.as_ref());
    let rolling = strategy.and_then(|strategy| strategy.rolling_update.as_ref());
    rolling.is_some_and(|it| it.max_unavailable == Some(IntOrString::Int(0)))
}

fn has_budget(environment: &Environment, pod: &Pod) -> bool {
    let budgets = environment.all::<PodDisruptionBudget>();
    budgets
        .into_iter()
        .filter_map(|(_, it)| it.spec)
        .any(|budget| {
            let selects = budget.selector.is_some_and(|it| matches(&it, &pod.labels));
            selects && budget.max_unavailable == Some(IntOrString::Int(1))
        })
}

fn is_spread(pod: &Pod, key: &str) -> bool {
    let constraints = pod.spec.topology_spread_constraints.iter().flatten();
    constraints.into_iter().any(|constraint| {
        let selector = constraint.label_selector.as_ref();
        constraint.topology_key == key && selector.is_some_and(|it| matches(it, &pod.labels))
    })
}

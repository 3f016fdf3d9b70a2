//! Every container has requests, which the scheduler counts, and a limit of memory, so that it cannot take its node's.

use super::Finding;
use crate::environment::Environment;
use crate::repository::Repository;

pub(super) fn check(environment: &Environment, _: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for pod in &environment.pods {
        for container in pod.containers() {
            let resources = container.resources.clone().unwrap_or_default();
            let requests = resources.requests.unwrap_or_default();
            let limits = resources.limits.unwrap_or_default();
            for (is_set, field) in [
                (requests.contains_key("cpu"), "requests.cpu"),
                (requests.contains_key("memory"), "requests.memory"),
                (limits.contains_key("memory"), "limits.memory"),
            ] {
                if !is_set {
                    let name = &container.name;
                    let text = format!("container `{name}` has no {field}; set resources.{field}");
                    findings.push(Finding::new(&pod.id, text));
                }
            }
        }
    }
    findings
}

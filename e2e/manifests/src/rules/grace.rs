//! A pod is not killed before its process has stopped.

use super::Finding;
use crate::environment::Environment;
use crate::repository::Repository;

/// What a pod gets if it sets no other number.
const DEFAULT_S: i64 = 30;

/// Seconds beyond the phases of the shutdown.
const RESERVE_S: i64 = 5;

pub(super) fn check(environment: &Environment, repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for pod in environment.pods.iter().filter(|pod| pod.serves()) {
        for (container, process) in pod.processes() {
            let variables = environment.variables(container);
            let phases = ["lame_duck_ms", "drain_ms", "stop_ms"].map(|phase| {
                let key = format!("shutdown.{phase}");
                repository
                    .number(process.name, &key, &variables)
                    .unwrap_or_default()
            });
            let needed = (phases.iter().sum::<i64>() + 999) / 1000 + RESERVE_S;
            let granted = pod
                .spec
                .termination_grace_period_seconds
                .unwrap_or(DEFAULT_S);
            if granted < needed {
                let text = format!(
                    "the pod is killed after {granted} s, and its shutdown takes {phases:?} ms; \
                     set terminationGracePeriodSeconds: {needed} or more"
                );
                findings.push(Finding::new(&pod.id, text));
            }
        }
    }
    findings
}

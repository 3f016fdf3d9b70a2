//! The ports of our containers are those that the Dockerfile exposes.

use std::collections::BTreeSet;

use super::Finding;
use crate::environment::Environment;
use crate::repository::Repository;

pub(super) fn check(environment: &Environment, repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for pod in environment.pods.iter().filter(|pod| pod.serves()) {
        for (container, process) in pod.processes() {
            let ports = container.ports.iter().flatten();
            let ports: BTreeSet<i32> = ports.map(|port| port.container_port).collect();
            let exposed = repository
                .ports
                .get(process.name)
                .cloned()
                .unwrap_or_default();
            if ports != exposed {
                let text = format!(
                    "container `{}` has the ports {ports:?}, and the image exposes {exposed:?}; make them equal",
                    container.name
                );
                findings.push(Finding::new(&pod.id, text));
            }
        }
    }
    findings
}

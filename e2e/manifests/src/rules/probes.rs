//! The three probes of our processes, on their admin port.

use k8s_openapi::api::core::v1::{Container, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::Finding;
use crate::environment::Environment;
use crate::repository::Repository;

pub(super) fn check(environment: &Environment, _: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for pod in environment.pods.iter().filter(|pod| pod.serves()) {
        for (container, process) in pod.processes() {
            let port = i32::from(process.admin_port);
            for (name, probe, path) in [
                ("startupProbe", &container.startup_probe, "/livez"),
                ("readinessProbe", &container.readiness_probe, "/readyz"),
                ("livenessProbe", &container.liveness_probe, "/livez"),
            ] {
                if !probe
                    .as_ref()
                    .is_some_and(|probe| gets(probe, container, path, port))
                {
                    let text = format!(
                        "container `{}` has no {name} of {path} on port {port}; set httpGet.path and port",
                        container.name
                    );
                    findings.push(Finding::new(&pod.id, text));
                }
            }
        }
    }
    findings
}

fn gets(probe: &Probe, container: &Container, path: &str, port: i32) -> bool {
    probe.http_get.as_ref().is_some_and(|get| {
        let number = match &get.port {
            IntOrString::Int(number) => Some(*number),
            IntOrString::String(name) => {
                let mut ports = container.ports.iter().flatten();
                let named = ports.find(|port| port.name.as_ref() == Some(name));
                named.map(|port| port.container_port)
            }
        };
        get.path.as_deref() == Some(path) && number == Some(port)
    })
}

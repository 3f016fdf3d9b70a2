//! Secrets are files. No variable, argument or ConfigMap contains one.

use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use topology::{PROCESSES, Value};

use super::Finding;
use crate::environment::Environment;
use crate::repository::Repository;

/// Last words of the names of secrets.
const NAMES: [&str; 9] = [
    "PASSWORD",
    "PASS",
    "SECRET",
    "SECRETS",
    "TOKEN",
    "TOKENS",
    "KEY",
    "KEYS",
    "CREDENTIALS",
];

/// A shorter value of a Secret may also be an ordinary word.
const SHORTEST: usize = 8;

pub(super) fn check(environment: &Environment, _: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    let secrets = values(environment);
    let leak = |text: &str| {
        secrets
            .iter()
            .find(|(_, value)| text.contains(value.as_str()))
    };
    for pod in &environment.pods {
        for container in pod.containers() {
            for (variable, value) in environment.variables(container) {
                if value.is_empty() {
                    continue;
                }
                if is_secret(&variable) {
                    let text = format!(
                        "{variable} is set in plain text; set {variable}_FILE to a file of a Secret"
                    );
                    findings.push(Finding::new(&pod.id, text));
                } else if has_password(&value) {
                    let text = format!(
                        "the URL in {variable} has a password; set {variable}_FILE to a file of a Secret"
                    );
                    findings.push(Finding::new(&pod.id, text));
                } else if let Some((secret, _)) = leak(&value) {
                    let text =
                        format!("{variable} contains a value of {secret}; read it from a file");
                    findings.push(Finding::new(&pod.id, text));
                }
            }
            let arguments = container.command.iter().chain(&container.args).flatten();
            for argument in arguments {
                if let Some((secret, _)) = leak(argument) {
                    let text =
                        format!("an argument contains a value of {secret}; read it from a file");
                    findings.push(Finding::new(&pod.id, text));
                }
            }
        }
    }
    for (id, map) in environment.all::<ConfigMap>() {
        for (key, text) in map.data.unwrap_or_default() {
            if let Some((secret, _)) = leak(&text) {
                let text = format!("`{key}` contains a value of {secret}; move it to a Secret");
                findings.push(Finding::new(&id, text));
            }
        }
    }
    findings
}

/// The values of the Secrets in the manifests, with the ids of these.
fn values(environment: &Environment) -> Vec<(String, String)> {
    let mut values = Vec::new();
    for (id, secret) in environment.all::<Secret>() {
        for value in secret.data.unwrap_or_default().into_values() {
            let text = String::from_utf8_lossy(&value.0).trim().to_owned();
            if text.len() >= SHORTEST {
                values.push((id.clone(), text));
            }
        }
    }
    values
}

/// Whether the value of a variable is a secret: by its name, or by `deploy/topology`.
fn is_secret(variable: &str) -> bool {
    let last = variable.rsplit('_').next().unwrap_or_default();
    let is_named = NAMES.contains(&last);
    let of_topology = PROCESSES.iter().any(|process| {
        process.settings.iter().any(|(key, value)| {
            let is_secret = matches!(
                value,
                Value::Database | Value::Broker | Value::Redis | Value::Secret(_)
            );
            is_secret && process.variable(key) == variable
        })
    });
    is_named || of_topology
}

fn has_password(value: &str) -> bool {
    let Some((_, rest)) = value.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let login = authority.rsplit_once('@').map(|(login, _)| login);
    login.is_some_and(|login| login.contains(':'))
}

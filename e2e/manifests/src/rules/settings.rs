//! Every variable sets a key that its process has, to a value of the right type, and no setting that connects the
//! processes is left at its default.

use topology::{PROCESSES, Process, Value, is_for_demonstrations};

use super::{Finding, edge};
use crate::environment::Environment;
use crate::repository::Repository;

/// No setting: kustomize copies it to other objects, as it does the addresses of the edge.
const HOST: &str = "SHOP_HOST";

pub(super) fn check(environment: &Environment, repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for pod in &environment.pods {
        for (container, process) in pod.processes() {
            let variables = environment.variables(container);
            for (variable, value) in &variables {
                if let Some(fault) = fault(process, variable, value, repository) {
                    findings.push(Finding::new(&pod.id, format!("{variable} {fault}")));
                }
            }
            for (key, value) in process.settings {
                let variable = process.variable(key);
                let file = format!("{variable}_FILE");
                let is_set = variables.contains_key(&variable) || variables.contains_key(&file);
                let default = repository.default(process.name, key);
                let has_default = default.and_then(toml::Value::as_str) != Some("");
                // A Job calls nobody and sends no links: it needs neither links nor what has a default.
                let is_link = matches!(value, Value::Public(_));
                let is_needed = pod.serves() || !(has_default || is_link);
                if !is_set && is_needed && !is_optional(*value) && !is_for_demonstrations(key) {
                    let text = format!("{variable} is not set; set it, or {file}");
                    findings.push(Finding::new(&pod.id, text));
                }
            }
        }
    }
    findings
}

/// The image sets files, and texts are only for the demo.
fn is_optional(value: Value) -> bool {
    matches!(value, Value::File(_) | Value::Text(_))
}

/// What is wrong with a variable of a process. It ignores those of the others.
fn fault(
    process: &Process,
    variable: &str,
    value: &str,
    repository: &Repository,
) -> Option<String> {
    if variable == HOST || edge::is_variable(variable) {
        return None;
    }
    let Some((owner, key)) = key(variable) else {
        return Some("belongs to no process; write it as PROCESS__SECTION__KEY".to_owned());
    };
    if owner.name != process.name {
        return None;
    }
    let is_file = key.ends_with("_file");
    let key = key.strip_suffix("_file").unwrap_or(&key);
    match repository.default(process.name, key) {
        None => Some(format!(
            "sets `{key}`, which {} does not have; see its config/default.toml",
            process.name
        )),
        Some(toml::Value::Table(_)) => Some(format!("sets the table `{key}`; set its keys")),
        Some(_) if is_file => None,
        Some(default) => {
            let is_typed = match default {
                toml::Value::Integer(_) => value.parse::<i64>().is_ok(),
                toml::Value::Float(_) => value.parse::<f64>().is_ok(),
                toml::Value::Boolean(_) => value.parse::<bool>().is_ok(),
                _ => true,
            };
            let kind = default.type_str();
            (!is_typed).then(|| format!("is `{value}`, and `{key}` is of type {kind}; correct it"))
        }
    }
}

/// The process and the key that a variable sets.
fn key(variable: &str) -> Option<(&'static Process, String)> {
    PROCESSES.iter().find_map(|process| {
        let prefix = format!("{}__", process.name.to_uppercase());
        let key = variable.strip_prefix(&prefix)?;
        Some((process, key.replace("__", ".").to_lowercase()))
    })
}

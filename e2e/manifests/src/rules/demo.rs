//! No demo data and no stand-in: their passwords and cards are public.

use super::Finding;
use crate::environment::Environment;
use crate::repository::Repository;

pub(super) fn check(environment: &Environment, _: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for pod in &environment.pods {
        for (container, process) in pod.processes() {
            let mut find = |text: String| findings.push(Finding::new(&pod.id, text));
            for variable in environment.variables(container).keys() {
                if variable.contains("__SEED__") {
                    find(format!("{variable} allows demo data; remove it"));
                }
            }
            let mut arguments = container.command.iter().chain(&container.args).flatten();
            if arguments.any(|argument| argument == "seed") {
                find("the container loads demo data; remove it".to_owned());
            }
            if process.name == "sandbox" && !environment.is_local() {
                find("the sandbox stands in for the payment provider; remove it".to_owned());
            }
        }
    }
    findings
}

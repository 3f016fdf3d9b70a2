//! The rules. `faults.rs` has a planted fault for each.

use std::collections::BTreeMap;
use std::fmt;

use crate::environment::Environment;
use crate::render::Manifests;
use crate::repository::Repository;
use crate::schema;

mod availability;
mod connections;
mod demo;
mod edge;
mod grace;
mod images;
mod isolation;
mod pod_security;
mod ports;
mod probes;
mod queues;
mod reachability;
mod resources;
mod secret_values;
mod secrets;
mod settings;

/// What a rule found in one environment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// `Deployment/order`.
    pub(crate) object: String,
    /// What is wrong, and what to do.
    pub(crate) text: String,
}

impl Finding {
    fn new(object: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            object: object.into(),
            text: text.into(),
        }
    }
}

type Rule = fn(&Environment, &Repository) -> Vec<Finding>;

/// The rules about an environment, by name. The form of objects is one more, `schema`.
pub(crate) const RULES: [(&str, Rule); 16] = [
    ("availability", availability::check),
    ("connections", connections::check),
    ("demo", demo::check),
    ("edge", edge::check),
    ("grace", grace::check),
    ("images", images::check),
    ("isolation", isolation::check),
    ("pod-security", pod_security::check),
    ("ports", ports::check),
    ("probes", probes::check),
    ("queues", queues::check),
    ("reachability", reachability::check),
    ("resources", resources::check),
    ("secret-values", secret_values::check),
    ("secrets", secrets::check),
    ("settings", settings::check),
];

/// A finding, with the folders in which it is.
pub(crate) struct Violation {
    folders: Vec<String>,
    rule: &'static str,
    finding: Finding,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Finding { object, text } = &self.finding;
        let folder = self.folders.first().map_or("", String::as_str);
        write!(f, "{folder} {object}: {}: {text}", self.rule)?;
        match self.folders.len() {
            0 | 1 => Ok(()),
            all => write!(f, " (also in {} more)", all - 1),
        }
    }
}

/// Checks the form of every object, and every rule in every environment. A finding in several folders is one violation.
pub(crate) fn check(manifests: &Manifests, repository: &Repository) -> Vec<Violation> {
    let mut found: BTreeMap<(&'static str, Finding), Vec<String>> = BTreeMap::new();
    for part in &manifests.rendered {
        for object in &part.objects {
            for text in schema::check(object) {
                let finding = Finding::new(object.id(), text);
                let folders = found.entry(("schema", finding)).or_default();
                folders.push(part.folder.clone());
            }
        }
    }
    for environment in &manifests.environments {
        for (name, rule) in RULES {
            for finding in rule(environment, repository) {
                let folders = found.entry((name, finding)).or_default();
                folders.push(environment.folder.clone());
            }
        }
    }
    found
        .into_iter()
        .map(|((rule, finding), folders)| Violation {
            folders,
            rule,
            finding,
        })
        .collect()
}

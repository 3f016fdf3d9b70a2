//! Planted faults: `faults/sound.yaml` breaks no rule, and each change in `faults/faults.toml` breaks one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::environment::Environment;
use crate::object::Object;
use crate::render::{Manifests, Rendered, objects};
use crate::repository::Repository;
use crate::rules::{self, RULES};

const SOUND: &str = include_str!("faults/sound.yaml");
const FAULTS: &str = include_str!("faults/faults.toml");

const REACHABILITY: &str = "\
| name | selected by |
|---|---|
| edge | namespace mercantile.example/edge=true |

| from | to | ports | environments |
|---|---|---|---|
| edge | catalog | 50052 | all |
| edge | acme-solver | 8089 | clouds |
| catalog | redis | 6379 | clouds |
";

#[derive(Deserialize)]
struct Faults {
    fault: Vec<Fault>,
}

/// A change of one value, and what a rule reports.
#[derive(Deserialize)]
struct Fault {
    rule: String,
    object: String,
    /// JSON pointer below the object.
    field: String,
    /// None removes the field.
    value: Option<Value>,
    expected: String,
    #[serde(default = "eks")]
    overlay: String,
}

fn eks() -> String {
    "eks".to_owned()
}

fn faults() -> Vec<Fault> {
    toml::from_str::<Faults>(FAULTS).unwrap().fault
}

fn repository() -> Repository {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut repository = Repository::read(&root).unwrap();
    repository.reachability = REACHABILITY.to_owned();
    let digest = format!("sha256:{}", "1".repeat(64));
    repository.digests = BTreeMap::from([("redis:8".to_owned(), digest)]);
    repository
}

fn violations(overlay: &str, objects: Vec<Object>, repository: &Repository) -> Vec<String> {
    let folder = format!("overlays/{overlay}");
    let environment = Environment::new(folder.clone(), overlay.to_owned(), objects.clone());
    let manifests = Manifests {
        rendered: vec![Rendered { folder, objects }],
        environments: vec![environment],
    };
    let violations = rules::check(&manifests, repository);
    violations.iter().map(ToString::to_string).collect()
}

fn planted(fault: &Fault) -> Vec<Object> {
    let mut objects = objects(SOUND).unwrap();
    let object = objects
        .iter_mut()
        .find(|object| object.id() == fault.object);
    let (parent, field) = fault.field.rsplit_once('/').unwrap();
    let field = field.replace("~1", "/");
    let object = object.unwrap_or_else(|| panic!("no {}", fault.object));
    let parent = object.value.pointer_mut(parent);
    let parent = parent.unwrap_or_else(|| panic!("no {}", fault.field));
    match (&fault.value, parent) {
        (Some(value), Value::Array(items)) => {
            items[field.parse::<usize>().unwrap()] = value.clone();
        }
        (Some(value), parent) => parent[field] = value.clone(),
        (None, parent) => {
            let removed = parent.as_object_mut().unwrap().remove(&field);
            assert!(removed.is_some(), "no {}", fault.field);
        }
    }
    objects
}

#[test]
fn the_sound_environment_breaks_no_rule() {
    for overlay in ["eks", "aks", "gke"] {
        let found = violations(overlay, objects(SOUND).unwrap(), &repository());
        assert_eq!(found, Vec::<String>::new(), "{overlay}");
    }
}

#[test]
fn each_planted_fault_is_reported() {
    let repository = repository();
    for fault in faults() {
        let found = violations(&fault.overlay, planted(&fault), &repository);
        let is_it = |violation: &String| {
            violation.contains(&format!(": {}: ", fault.rule))
                && violation.contains(&fault.expected)
        };
        assert!(
            found.iter().any(is_it),
            "{} {}: `{}` is not in {found:#?}",
            fault.object,
            fault.field,
            fault.expected
        );
    }
}

#[test]
fn each_rule_has_a_planted_fault() {
    let planted: BTreeSet<String> = faults().into_iter().map(|fault| fault.rule).collect();
    let rules = RULES.iter().map(|(name, _)| *name).chain(["schema"]);
    assert_eq!(planted, rules.map(str::to_owned).collect());
}

#[test]
fn a_violation_names_folder_object_rule_and_advice() {
    let fault = Fault {
        rule: "grace".to_owned(),
        object: "Deployment/catalog".to_owned(),
        field: "/spec/template/spec/terminationGracePeriodSeconds".to_owned(),
        value: Some(30.into()),
        expected: String::new(),
        overlay: eks(),
    };
    assert_eq!(
        violations(&fault.overlay, planted(&fault), &repository()),
        [
            "overlays/eks Deployment/catalog: grace: the pod is killed after 30 s, and its shutdown takes \
          [15000, 15000, 5000] ms; set terminationGracePeriodSeconds: 40 or more"
        ]
    );
}

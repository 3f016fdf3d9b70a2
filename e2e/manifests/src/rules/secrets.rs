//! Every Secret that is used is produced, with the keys that are used, and a process reads every key that it is given.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Container, Secret, Volume};
use serde_json::Value;
use topology::Process;

use super::Finding;
use crate::environment::Environment;
use crate::pod::Pod;
use crate::repository::Repository;

/// Where processes read files that are mounted.
const MOUNTED: &str = "/run/";

/// Kinds that produce Secrets; what they name is no use.
const PRODUCERS: [&str; 3] = ["Secret", "ExternalSecret", "Certificate"];

/// Keys of a Secret.
type Keys = BTreeSet<String>;

/// What produces a Secret, and its keys.
type Produced = BTreeMap<String, (String, Keys)>;

pub(super) fn check(environment: &Environment, _: &Repository) -> Vec<Finding> {
    let produced = produced(environment);
    let mut findings = Vec::new();
    for (user, secret, key) in used(environment) {
        let text = match produced.get(&secret) {
            None => format!("nothing produces the Secret `{secret}`; add it, or correct the name"),
            Some((producer, keys)) => match key {
                Some(key) if !keys.contains(&key) => {
                    format!("{producer} has no key `{key}`; add it, or correct the name")
                }
                _ => continue,
            },
        };
        findings.push(Finding::new(user, text));
    }
    for pod in &environment.pods {
        for (container, process) in pod.processes() {
            let variables = environment.variables(container);
            let texts = of_process(pod, container, process, &variables, &produced);
            findings.extend(texts.into_iter().map(|text| Finding::new(&pod.id, text)));
        }
    }
    let mut named = BTreeSet::new();
    let users = environment.objects.iter();
    for object in users.filter(|object| !PRODUCERS.contains(&object.kind())) {
        names(&object.value, false, &mut named);
    }
    for (secret, (producer, _)) in &produced {
        if !named.contains(secret.as_str()) {
            let text = format!("nothing uses the Secret `{secret}`; remove it");
            findings.push(Finding::new(producer, text));
        }
    }
    findings
}

fn produced(environment: &Environment) -> Produced {
    let mut produced = Produced::new();
    for (id, secret) in environment.all::<Secret>() {
        let data = secret.data.unwrap_or_default().into_keys();
        let keys = data.chain(secret.string_data.unwrap_or_default().into_keys());
        let name = secret.metadata.name.unwrap_or_default();
        produced.insert(name, (id, keys.collect()));
    }
    for object in environment.of_kind("ExternalSecret") {
        let fetched = object.list("/spec/data").iter();
        let fetched = fetched.filter_map(|it| it["secretKey"].as_str());
        let template = object.value.pointer("/spec/target/template/data");
        let keys = match template.and_then(Value::as_object) {
            Some(template) => template.keys().cloned().collect(),
            None => fetched.map(str::to_owned).collect(),
        };
        produced.insert(object.name().to_owned(), (object.id(), keys));
    }
    for object in environment.of_kind("Certificate") {
        let keys = ["ca.crt", "tls.crt", "tls.key"].map(str::to_owned);
        let name = object.text("/spec/secretName").to_owned();
        produced.insert(name, (object.id(), Keys::from(keys)));
    }
    produced
}

/// The Secrets that pods and autoscalers use, with a key if one is named.
fn used(environment: &Environment) -> BTreeSet<(String, String, Option<String>)> {
    let mut used = BTreeSet::new();
    for pod in &environment.pods {
        let mut add = |secret: &str, key: Option<&str>| {
            used.insert((pod.id.clone(), secret.to_owned(), key.map(str::to_owned)));
        };
        for volume in pod.spec.volumes.iter().flatten() {
            for (secret, items) in sources(volume) {
                add(&secret, None);
                for (key, _) in items.iter().flatten() {
                    add(&secret, Some(key));
                }
                // A mount of one file has the name of its key.
                let mounts = pod
                    .containers()
                    .flat_map(|it| it.volume_mounts.iter().flatten());
                for mount in mounts.filter(|mount| mount.name == volume.name) {
                    if let (None, Some(key)) = (&items, &mount.sub_path) {
                        add(&secret, Some(key));
                    }
                }
            }
        }
        for container in pod.containers() {
            for source in container.env_from.iter().flatten() {
                if let Some(secret) = &source.secret_ref {
                    add(&secret.name, None);
                }
            }
            for variable in container.env.iter().flatten() {
                let source = variable.value_from.as_ref();
                if let Some(it) = source.and_then(|source| source.secret_key_ref.as_ref()) {
                    add(&it.name, Some(&it.key));
                }
            }
        }
    }
    for object in environment.of_kind("TriggerAuthentication") {
        for target in object.list("/spec/secretTargetRef") {
            let text = |field: &str| target[field].as_str().unwrap_or_default().to_owned();
            used.insert((object.id(), text("name"), Some(text("key"))));
        }
    }
    used
}

/// A Secret in a volume: its name, and pairs of key and path if not all keys are in the volume.
type Source = (String, Option<Vec<(String, String)>>);

fn sources(volume: &Volume) -> Vec<Source> {
    let items = |items: &Option<Vec<k8s_openapi::api::core::v1::KeyToPath>>| {
        let items = items.as_ref()?.iter();
        Some(items.map(|it| (it.key.clone(), it.path.clone())).collect())
    };
    let mut found = Vec::new();
    if let Some(secret) = &volume.secret {
        found.push((
            secret.secret_name.clone().unwrap_or_default(),
            items(&secret.items),
        ));
    }
    let projected = volume
        .projected
        .iter()
        .flat_map(|it| it.sources.iter().flatten());
    for source in projected {
        if let Some(secret) = &source.secret {
            found.push((secret.name.clone(), items(&secret.items)));
        }
    }
    found
}

/// Compares the files that are mounted for a process with those that its variables name.
fn of_process(
    pod: &Pod,
    container: &Container,
    process: &Process,
    variables: &BTreeMap<String, String>,
    produced: &Produced,
) -> Vec<String> {
    let mut mounted = BTreeMap::new();
    for mount in container.volume_mounts.iter().flatten() {
        let volumes = pod.spec.volumes.iter().flatten();
        for volume in volumes.filter(|volume| volume.name == mount.name) {
            for (secret, items) in sources(volume) {
                let all = || {
                    produced
                        .get(&secret)
                        .map_or_else(Keys::new, |(_, keys)| keys.clone())
                };
                let files: Vec<(String, String)> = items
                    .unwrap_or_else(|| all().into_iter().map(|key| (key.clone(), key)).collect());
                for (key, path) in files {
                    let file = format!("{}/{path}", mount.mount_path);
                    mounted.insert(file, format!("key `{key}` of the Secret `{secret}`"));
                }
            }
        }
    }
    let prefix = format!("{}__", process.name.to_uppercase());
    let own = variables
        .iter()
        .filter(|(variable, _)| variable.starts_with(&prefix));
    let read: BTreeMap<&String, &String> = own
        .filter(|(_, value)| value.starts_with(MOUNTED))
        .map(|(variable, value)| (value, variable))
        .collect();
    let missing = read
        .iter()
        .filter(|(file, _)| !mounted.contains_key(file.as_str()));
    let missing = missing.map(|(file, variable)| {
        format!("{variable} names {file}, which is not mounted; mount a Secret with this key")
    });
    let unread = mounted.iter().filter(|(file, _)| !read.contains_key(file));
    let unread = unread.map(|(file, key)| {
        format!(
            "{key} is mounted as {file}, and no variable names it; remove it, or set the variable"
        )
    });
    missing.chain(unread).collect()
}

/// The texts below fields about Secrets and certificates, which are names of Secrets.
fn names<'a>(value: &'a Value, is_name: bool, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::String(text) if is_name => {
            found.insert(text);
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, is_name, found)),
        Value::Object(fields) => {
            for (field, value) in fields {
                let is_about = field.contains("ecret") || field == "certificateRefs";
                names(value, is_name || is_about, found);
            }
        }
        _ => {}
    }
}

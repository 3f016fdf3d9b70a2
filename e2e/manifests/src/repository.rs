//! What the manifests must agree with: the configuration of each process, the Dockerfile, the queues in the code, the
//! released images, and Terraform.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use topology::PROCESSES;

use crate::terraform::{self, Cloud};

/// Facts of the repository.
pub(crate) struct Repository {
    /// By process: its default.toml, which has every key.
    defaults: BTreeMap<&'static str, toml::Value>,
    /// By target of the Dockerfile: the ports that it exposes.
    pub(crate) ports: BTreeMap<String, BTreeSet<i32>>,
    /// By service: the queue that it consumes.
    pub(crate) queues: BTreeMap<&'static str, String>,
    /// `e2e/manifests/reachability.md`.
    pub(crate) reachability: String,
    /// By image with its tag: the digest in `docker-compose.released.yml`.
    pub(crate) digests: BTreeMap<String, String>,
    clouds: Vec<Cloud>,
}

impl Repository {
    /// Reads them from the root of a checkout.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let read = |file: &str| {
            fs::read_to_string(root.join(file)).with_context(|| format!("cannot read {file}"))
        };
        let mut defaults = BTreeMap::new();
        let mut queues = BTreeMap::new();
        for process in &PROCESSES {
            let folder = match process.name {
                "gateway" | "sandbox" => process.name.to_owned(),
                service => format!("services/{service}"),
            };
            let file = format!("{folder}/config/default.toml");
            let default = toml::from_str(&read(&file)?).with_context(|| file.clone())?;
            defaults.insert(process.name, default);
            if process.has_database() {
                let file = format!("{folder}/src/consumers.rs");
                let queue = queue(&read(&file)?);
                let queue = queue.with_context(|| format!("{file} names no queue"))?;
                queues.insert(process.name, queue);
            }
        }
        let ports = exposed(&read("deploy/docker/Dockerfile")?)?;
        Ok(Self {
            defaults,
            ports,
            queues,
            reachability: read("e2e/manifests/reachability.md")?,
            digests: digests(&read("docker-compose.released.yml")?),
            clouds: terraform::clouds(read)?,
        })
    }

    /// What Terraform makes for an overlay. None for a cluster on a laptop.
    pub(crate) fn cloud(&self, overlay: &str) -> Option<&Cloud> {
        self.clouds.iter().find(|cloud| cloud.overlay == overlay)
    }

    /// The default of a key of a process's configuration, if it has this key.
    pub(crate) fn default(&self, process: &str, key: &str) -> Option<&toml::Value> {
        let root = self.defaults.get(process)?;
        key.split('.').try_fold(root, |table, part| table.get(part))
    }

    /// The number in force: that of the environment, else the default.
    pub(crate) fn number(
        &self,
        process: &str,
        key: &str,
        variables: &BTreeMap<String, String>,
    ) -> Option<i64> {
        let set = variables.get(&topology::variable(process, key));
        set.and_then(|text| text.parse().ok())
            .or_else(|| self.default(process, key)?.as_integer())
    }
}

/// The queue that a service consumes.
fn queue(source: &str) -> Option<String> {
    let (_, rest) = source.split_once("Queue::new(\"")?;
    let (queue, _) = rest.split_once('"')?;
    Some(queue.to_owned())
}

/// The images of a compose file that have a tag and a digest.
fn digests(compose: &str) -> BTreeMap<String, String> {
    let lines = compose.lines();
    let images = lines.filter_map(|line| line.trim().strip_prefix("image: ")?.split_once('@'));
    images
        .map(|(image, digest)| (image.to_owned(), digest.to_owned()))
        .collect()
}

/// The `EXPOSE` lines of a Dockerfile by target.
fn exposed(dockerfile: &str) -> Result<BTreeMap<String, BTreeSet<i32>>> {
    let mut ports: BTreeMap<String, BTreeSet<i32>> = BTreeMap::new();
    let mut target = "";
    for line in dockerfile.lines() {
        if let Some((_, name)) = line
            .strip_prefix("FROM ")
            .and_then(|from| from.split_once(" AS "))
        {
            target = name.trim();
        }
        let Some(exposed) = line.strip_prefix("EXPOSE ") else {
            continue;
        };
        for port in exposed.split_whitespace() {
            let port = port
                .parse()
                .with_context(|| format!("Dockerfile: {line}"))?;
            ports.entry(target.to_owned()).or_default().insert(port);
        }
    }
    ensure!(!ports.is_empty(), "the Dockerfile exposes no ports");
    Ok(ports)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_belong_to_the_target_above_them() {
        let ports = exposed("FROM a AS b\nFROM b AS order\nEXPOSE 1 2\nFROM b AS user\nEXPOSE 3\n");
        let ports = ports.unwrap();
        assert_eq!(ports["order"], BTreeSet::from([1, 2]));
        assert_eq!(ports["user"], BTreeSet::from([3]));
        assert!(exposed("FROM a AS b\nEXPOSE $PORT\n").is_err());
    }

    #[test]
    fn the_repository_has_the_facts_of_every_process() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let repository = Repository::read(&root).unwrap();
        for process in &PROCESSES {
            assert!(
                repository.ports.contains_key(process.name),
                "{}",
                process.name
            );
            let listen = repository.default(process.name, process.listen_key());
            assert!(listen.is_some(), "{}", process.name);
        }
        assert_eq!(repository.queues["order"], "order.replies");
        let variables = BTreeMap::from([("ORDER__DATABASE__POOL_SIZE".to_owned(), "4".to_owned())]);
        let pool = |variables| repository.number("order", "database.pool_size", variables);
        assert_eq!(pool(&variables), Some(4));
        assert_eq!(pool(&BTreeMap::new()), Some(16));
    }
}

//! What Terraform makes in each cloud: sizes of PostgreSQL, and outputs that the overlay uses.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};

/// The overlay of each cloud, and its root below `deploy/terraform`.
const ROOTS: [(&str, &str); 3] = [("eks", "aws"), ("aks", "azure"), ("gke", "gcp")];
const SIZES: [&str; 2] = ["small", "production"];

/// One root.
pub(crate) struct Cloud {
    pub(crate) overlay: &'static str,
    /// Where its outputs are declared: `deploy/terraform/aws/outputs.tf`.
    pub(crate) file: String,
    pub(crate) outputs: BTreeSet<String>,
    pub(crate) sizes: Vec<Size>,
    /// The text of `docs/deploy/eks.md`.
    pub(crate) page: String,
}

/// The values of one tfvars file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Size {
    /// `deploy/terraform/aws/small.tfvars`.
    pub(crate) file: String,
    /// The class of the server: `db.t4g.medium`.
    pub(crate) server: String,
    /// What the server accepts.
    pub(crate) connections: i64,
    /// The most replicas of each service for which it has connections.
    pub(crate) max_replicas: i64,
}

/// Reads the roots. `read` returns the text of a file of the repository.
pub(crate) fn clouds(read: impl Fn(&str) -> Result<String>) -> Result<Vec<Cloud>> {
    let cloud = |(overlay, root)| {
        let folder = format!("deploy/terraform/{root}");
        let servers = servers(&read(&format!("{folder}/postgres.tf"))?);
        let mut sizes = Vec::new();
        for name in SIZES {
            let file = format!("{folder}/{name}.tfvars");
            let size = size(&read(&file)?, &servers, file.clone());
            sizes.push(size.with_context(|| {
                format!("{file} has no postgres of postgres.tf, or no max_replicas")
            })?);
        }
        let file = format!("{folder}/outputs.tf");
        let outputs = outputs(&read(&file)?);
        Ok(Cloud {
            overlay,
            file,
            outputs,
            sizes,
            page: read(&format!("docs/deploy/{overlay}.md"))?,
        })
    };
    ROOTS.into_iter().map(cloud).collect()
}

/// `connections_by_..`: the connections by class of server.
fn servers(postgres: &str) -> BTreeMap<String, i64> {
    let table = postgres
        .split_once("connections_by_")
        .and_then(|(_, rest)| rest.split_once('}'))
        .map_or("", |(table, _)| table);
    let entry = |line: &str| {
        let (name, number) = line.split_once('=')?;
        let name = name.trim().strip_prefix('"')?.strip_suffix('"')?;
        Some((name.to_owned(), number.trim().parse().ok()?))
    };
    table.lines().filter_map(entry).collect()
}

fn size(tfvars: &str, servers: &BTreeMap<String, i64>, file: String) -> Option<Size> {
    let value = |name: &str| {
        tfvars.lines().find_map(|line| {
            let (variable, value) = line.split_once('=')?;
            (variable.trim() == name).then(|| value.trim())
        })
    };
    // { class = "..", .. }: the class is its first text.
    let server = value("postgres")?.split('"').nth(1)?.to_owned();
    Some(Size {
        file,
        connections: *servers.get(&server)?,
        server,
        max_replicas: value("max_replicas")?.parse().ok()?,
    })
}

fn outputs(source: &str) -> BTreeSet<String> {
    let name = |line: &str| {
        line.strip_prefix("output \"")?
            .split_once('"')
            .map(|it| it.0.to_owned())
    };
    source.lines().filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const POSTGRES: &str = "locals {\n  # Connections.\n  connections_by_tier = {\n    \
        \"a.small\" = 198\n    \"a.large\"  = 800\n  }\n  other = {\n    \"b\" = 1\n  }\n}\n";

    #[test]
    fn a_size_has_the_connections_of_its_server() {
        let servers = servers(POSTGRES);
        assert_eq!(servers.len(), 2);
        let read = |text: &str| size(text, &servers, "a.tfvars".to_owned());
        let text = "postgres     = { tier = \"a.small\", backups = 7 }\nmax_replicas = 4\n";
        let expected = Size {
            file: "a.tfvars".to_owned(),
            server: "a.small".to_owned(),
            connections: 198,
            max_replicas: 4,
        };
        assert_eq!(read(text), Some(expected));
        assert_eq!(read(&text.replace("a.small", "b")), None);
        assert_eq!(read(&text.replace("max_replicas", "replicas")), None);
    }

    #[test]
    fn outputs_are_named() {
        let source = "output \"edge_address\" {\n  value = 1\n}\n# output \"none\"\n";
        assert_eq!(outputs(source), BTreeSet::from(["edge_address".to_owned()]));
    }
}

//! The connections that the NetworkPolicies allow are those of `e2e/manifests/reachability.md`.

use std::collections::BTreeSet;

use super::Finding;
use crate::environment::Environment;
use crate::network::{Flow, Network};
use crate::repository::Repository;

const TABLE: &str = "e2e/manifests/reachability.md";
const EVERY_POD: &str = "every pod";

pub(super) fn check(environment: &Environment, repository: &Repository) -> Vec<Finding> {
    let network = Network::of(environment);
    let allowed = network.flows();
    let mut findings = Vec::new();
    let listed = listed(
        &repository.reachability,
        environment,
        &network,
        &mut findings,
    );
    for Flow { from, to, ports } in allowed.difference(&listed) {
        let text = format!(
            "{from} may connect to {to} on port {ports}, which {TABLE} does not list; remove it from the policies, or list it"
        );
        findings.push(Finding::new(object(from, to, &network), text));
    }
    for Flow { from, to, ports } in listed.difference(&allowed) {
        let text = format!(
            "{from} cannot connect to {to} on port {ports}, which {TABLE} lists; allow it for both sides, or remove it from the table"
        );
        findings.push(Finding::new(object(from, to, &network), text));
    }
    findings
}

/// The side of a connection that is in the namespace.
fn object<'a>(from: &'a str, to: &'a str, network: &Network) -> &'a str {
    let is_inside = network.endpoints.iter().any(|endpoint| endpoint.id == from);
    if is_inside { from } else { to }
}

/// The rows of the tables with this number of columns.
pub(super) fn rows<const COLUMNS: usize>(table: &str) -> Vec<[&str; COLUMNS]> {
    let rows = table.lines().filter_map(|line| {
        let cells = line.trim().strip_prefix('|')?.strip_suffix('|')?.split('|');
        let cells: Vec<&str> = cells.map(str::trim).collect();
        <[&str; COLUMNS]>::try_from(cells).ok()
    });
    let is_body = |row: &[&str; COLUMNS]| !row[0].starts_with("--");
    let rows: Vec<_> = rows.filter(is_body).collect();
    // Without the heads of the columns.
    rows.into_iter().skip(1).collect()
}

/// The connections that the table lists for an environment.
fn listed(
    table: &str,
    environment: &Environment,
    network: &Network,
    findings: &mut Vec<Finding>,
) -> BTreeSet<Flow> {
    let outside = rows::<2>(table);
    let mut side = |name: &str| -> Vec<String> {
        if let Some([_, peers]) = outside.iter().find(|[known, _]| *known == name) {
            return vec![(*peers).to_owned()];
        }
        let endpoints = network.endpoints.iter();
        let named = endpoints.filter(|it| name == EVERY_POD || it.component == name);
        let named: Vec<String> = named.map(|endpoint| endpoint.id.clone()).collect();
        if named.is_empty() {
            let text = format!(
                "{TABLE} lists connections of `{name}`, and no pod has this component; correct the table or the label"
            );
            findings.push(Finding::new("NetworkPolicy", text));
        }
        named
    };
    let mut flows = BTreeSet::new();
    for [from, to, ports, environments] in rows::<4>(table) {
        if !environments
            .split(", ")
            .any(|word| is_meant(word, environment))
        {
            continue;
        }
        let from: Vec<String> = from.split(", ").flat_map(&mut side).collect();
        let to: Vec<String> = to.split(", ").flat_map(&mut side).collect();
        for from in &from {
            for to in &to {
                flows.extend(ports.split(", ").map(|ports| Flow {
                    from: from.clone(),
                    to: to.clone(),
                    ports: ports.to_owned(),
                }));
            }
        }
    }
    flows
}

fn is_meant(word: &str, environment: &Environment) -> bool {
    match word {
        "all" => true,
        "clouds" => !environment.is_local(),
        name => name == environment.overlay || name == environment.name(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use topology::{PROCESSES, Value, is_for_demonstrations};

    use super::*;

    #[test]
    fn the_table_has_every_call_of_the_topology() {
        let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("reachability.md");
        let table = std::fs::read_to_string(table).unwrap();
        let rows = rows::<4>(&table);
        let has = |from: &str, to: &str, port: u16| {
            rows.iter().any(|[froms, tos, ports, _]| {
                froms.split(", ").any(|it| it == from)
                    && tos.split(", ").any(|it| it == to)
                    && ports.split(", ").any(|it| it == port.to_string())
            })
        };
        let mut calls = 0;
        for process in &PROCESSES {
            let settings = process.settings.iter();
            for (key, value) in settings.filter(|(key, _)| !is_for_demonstrations(key)) {
                let (to, port) = match value {
                    Value::Database => ("postgres", 5432),
                    Value::Broker => ("rabbitmq", 5672),
                    Value::Redis => ("redis", 6379),
                    Value::Url(name, _) => (
                        *name,
                        PROCESSES.iter().find(|it| it.name == *name).unwrap().port,
                    ),
                    _ => continue,
                };
                assert!(has(process.name, to, port), "{}: {key}", process.name);
                calls += 1;
            }
        }
        assert!(calls > 15, "{calls}");
    }
}

//! The metrics of all processes, and what uses them: `docs/telemetry.md`, dashboards, rules and runbooks.
//! These tests need no servers.

use std::path::{Path, PathBuf};

use instruments::{Metric, Set};

mod conventions;
mod docs;
mod observability;
mod registered;

/// Each process and its metrics.
const PROCESSES: [(&str, &Set); 6] = [
    ("gateway", &gateway::METRICS),
    ("catalog", &catalog::METRICS),
    ("order", &order::METRICS),
    ("payment", &payment::METRICS),
    ("user", &user::METRICS),
    ("sandbox", &sandbox::METRICS),
];

/// A metric, and the names of the processes that export it.
struct Exported {
    metric: &'static dyn Metric,
    processes: Vec<&'static str>,
}

/// Every metric once. Processes may have different metrics of the same name.
fn exported() -> Vec<Exported> {
    let mut all: Vec<Exported> = Vec::new();
    for (process, set) in PROCESSES {
        for metric in set.all() {
            let is_same = |one: &&mut Exported| std::ptr::addr_eq(one.metric, metric);
            match all.iter_mut().find(is_same) {
                Some(one) if one.processes.contains(&process) => {}
                Some(one) => one.processes.push(process),
                None => all.push(Exported {
                    metric,
                    processes: vec![process],
                }),
            }
        }
    }
    all
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

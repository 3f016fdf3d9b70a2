//! Every defined metric is registered and used.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::{PROCESSES, exported, root};

/// Adds the text of each Rust file of a folder, without tests and `instruments`.
fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy();
        if path.is_dir() {
            if !["tests", "instruments", "target", "node_modules"].contains(&&*name) {
                sources(&path, found);
            }
        } else if name.ends_with(".rs") {
            found.push(fs::read_to_string(&path).unwrap());
        }
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_uppercase() || c == '_'
}

/// The metric that a line in `metrics!` defines: `NAME: Counter<Label> = ..`.
fn defined(line: &str) -> Option<&str> {
    let (name, kind) = line.strip_prefix("    ")?.split_once(": ")?;
    let is_kind = ["Counter", "Gauge", "Histogram", "Total"]
        .iter()
        .any(|known| kind.starts_with(known) && kind.contains(" ="));
    (is_kind && !name.is_empty() && name.chars().all(is_name)).then_some(name)
}

#[test]
fn every_metric_is_registered_and_used() {
    let mut files = Vec::new();
    for folder in ["gateway", "sandbox", "services", "shared"] {
        sources(&root().join(folder), &mut files);
    }
    let (mut definitions, mut used) = (Vec::new(), BTreeSet::new());
    for text in &files {
        let in_macro = text.contains("instruments::metrics! {");
        for line in text.lines() {
            match defined(line).filter(|_| in_macro) {
                Some(name) => definitions.push(name),
                None => used.extend(line.split(|c| !is_name(c))),
            }
        }
    }
    assert_eq!(exported().len(), definitions.len(), "{definitions:#?}");
    for name in definitions {
        assert!(used.contains(name), "{name} is never used");
    }
}

#[test]
fn every_process_exports_the_common_metrics() {
    for (process, set) in PROCESSES {
        let own = set.all();
        let names: BTreeSet<_> = own.iter().map(|one| one.descriptor().name).collect();
        assert_eq!(names.len(), own.len(), "{process} has a name twice");
        for name in [
            "process_start_time_seconds",
            "mercantile_build_info",
            "log_events_total",
        ] {
            assert!(names.contains(name), "{process} lacks {name}");
        }
    }
}

/// nextest runs each test in its own process, so nothing else is registered.
#[test]
fn a_started_process_exports_exactly_its_metrics() {
    instruments::register(&order::METRICS);
    let text = instruments::render();
    let families: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .collect();
    for one in exported() {
        let name = one.metric.descriptor().name;
        let is_ours = one.processes.contains(&"order");
        let is_there = families.contains(name.trim_end_matches("_total"));
        assert_eq!(is_there, is_ours, "{name}");
    }
    for at_zero in [
        "orders_placed_total 0",
        "orders_rejected_total{reason=\"out_of_stock\"} 0",
        "database_transactions_total{outcome=\"failed\"} 0",
    ] {
        assert!(text.lines().any(|line| line == at_zero), "{at_zero}");
    }
    for absent in ["outbox_pending ", "messages_consumed_total{"] {
        assert!(!text.contains(&format!("\n{absent}")));
    }
}

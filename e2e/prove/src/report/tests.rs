#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use super::{Outcome, document, table};
use crate::{
    FaultKind, FaultRecord,
    history::Tally,
    invariants::{Check, CheckResults},
    latency::Latency,
};

fn outcome(violations: &[&str]) -> Outcome {
    let fault = FaultRecord {
        number: 1,
        kind: FaultKind::Kill,
        target: "order-2".to_owned(),
        began: Duration::from_secs(1),
        lasted: Some(Duration::from_millis(900)),
    };
    Outcome {
        seed: 7,
        duration: Duration::from_secs(90),
        quiescent_after: Some(Duration::from_secs(8)),
        still_pending: Vec::new(),
        without_faults: Latency::of(vec![40, 60]),
        faults: vec![fault.clone(), fault],
        results: CheckResults {
            checks: vec![Check {
                name: "stock_adds_up",
                invariant: "Units stocked = on hand + sold",
                checked: 24,
                violations: violations.iter().map(|&text| text.to_owned()).collect(),
            }],
            orders: BTreeMap::from([("confirmed".to_owned(), 3)]),
            with_faults: Latency::of(vec![100]),
        },
        tally: Tally::default(),
        logs: PathBuf::from("/tmp/logs"),
    }
}

#[test]
fn a_clean_run_is_reported_as_clean() {
    let outcome = outcome(&[]);
    let text = table::render(&outcome);
    assert!(text.contains("Faults: 2 of 1 kinds"), "{text}");
    assert!(text.contains("nothing was lost."), "{text}");
    let report = document(&outcome);
    assert_eq!(report["clean"], true);
    assert_eq!(report["faults"]["by_kind"]["kill"], 2);
    assert_eq!(report["orders"]["total"], 3);
    assert_eq!(report["invariants"][0]["checked"], 24);
}

#[test]
fn a_violation_is_listed_and_fails_the_run() {
    let outcome = outcome(&["SKU-1: on hand 3, sold 4"]);
    let text = table::render(&outcome);
    assert!(text.contains("1 VIOLATION"), "{text}");
    assert!(text.contains("SKU-1: on hand 3, sold 4"), "{text}");
    assert!(text.contains("/tmp/logs"), "{text}");
    assert!(text.contains("Failed: an invariant is violated"), "{text}");
    assert_eq!(document(&outcome)["clean"], false);
}

#[test]
fn a_run_without_quiescence_fails() {
    let pending = Outcome {
        quiescent_after: None,
        still_pending: vec!["3 sagas in flight".to_owned()],
        ..outcome(&[])
    };
    assert!(!pending.is_clean());
    assert!(table::render(&pending).contains("3 sagas in flight"));
}

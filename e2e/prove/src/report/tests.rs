#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use super::{Outcome, document, table};
use crate::{
    FaultKind, FaultRecord,
    invariants::{Judgment, Verdict},
    latency::Latency,
    witness::Tally,
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
        harmed: Duration::from_secs(90),
        quiet_after: Some(Duration::from_secs(8)),
        never_quiet: Vec::new(),
        unloaded: Latency::of(vec![40, 60]),
        faults: vec![fault.clone(), fault],
        judgment: Judgment {
            verdicts: vec![Verdict {
                name: "stock_adds_up",
                invariant: "Stock adds up",
                checked: 24,
                violations: violations.iter().map(|&text| text.to_owned()).collect(),
            }],
            orders: BTreeMap::from([("confirmed".to_owned(), 3)]),
            harmed: Latency::of(vec![100]),
        },
        tally: Tally::default(),
        logs: PathBuf::from("/tmp/logs"),
    }
}

#[test]
fn a_clean_run_says_so_to_people_and_machines() {
    let outcome = outcome(&[]);
    let text = table::render(&outcome);
    assert!(text.contains("Faults: 2 of 1 kinds"), "{text}");
    assert!(text.contains("Nothing was lost."), "{text}");
    let report = document(&outcome);
    assert_eq!(report["clean"], true);
    assert_eq!(report["faults"]["by_kind"]["kill"], 2);
    assert_eq!(report["orders"]["total"], 3);
    assert_eq!(report["invariants"][0]["checked"], 24);
}

#[test]
fn a_violation_is_named_and_breaks_the_promise() {
    let outcome = outcome(&["SKU-1: on hand 3, sold 4"]);
    let text = table::render(&outcome);
    assert!(text.contains("1 VIOLATION"), "{text}");
    assert!(text.contains("SKU-1: on hand 3, sold 4"), "{text}");
    assert!(text.contains("/tmp/logs"), "{text}");
    assert!(text.contains("The promise is broken."), "{text}");
    assert_eq!(document(&outcome)["clean"], false);
}

#[test]
fn a_shop_that_never_comes_to_rest_breaks_the_promise() {
    let restless = Outcome {
        quiet_after: None,
        never_quiet: vec!["3 sagas in flight".to_owned()],
        ..outcome(&[])
    };
    assert!(!restless.is_clean());
    assert!(table::render(&restless).contains("3 sagas in flight"));
}

//! The golden files: samples of every message on the wire, of the current and of earlier versions.
//!
//! `tests/golden/<type>.json` is the current sample. When a sample changes, `UPDATE_DOCS=1` moves the
//! file to `tests/golden/past/<type>.<n>.json`. It must stay readable as long as the type exists,
//! because such messages may still wait in a queue.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use contracts::messages::ALL;
use serde_json::{Value, json};

use crate::samples::{Sample, all};
use crate::{file, updating};

const FOLDER: &str = "shared/contracts/tests/golden";

fn path_of(sample: &Sample) -> PathBuf {
    file(FOLDER).join(format!("{}.json", sample.name))
}

fn json_files(folder: &Path) -> Vec<(String, Value)> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    let files = paths.filter(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    files
        .map(|path| {
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (
                stem,
                serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap(),
            )
        })
        .collect()
}

fn keep(sample: &Sample, old: &str) {
    let past = file(FOLDER).join("past");
    fs::create_dir_all(&past).unwrap();
    let unused = (1..)
        .map(|number| past.join(format!("{}.{number}.json", sample.name)))
        .find(|path| !path.exists());
    fs::write(unused.unwrap(), old).unwrap();
}

#[test]
fn every_message_has_a_sample() {
    let sampled: BTreeSet<_> = all().iter().map(|sample| sample.name).collect();
    let listed: BTreeSet<_> = ALL.iter().map(|message| message.name).collect();
    assert_eq!(sampled, listed);
}

#[test]
fn every_message_is_written_exactly_as_its_golden_file() {
    for sample in all() {
        let path = path_of(&sample);
        let golden = fs::read_to_string(&path).unwrap_or_default();
        if golden == sample.json {
            continue;
        }
        if updating() {
            if !golden.is_empty() {
                keep(&sample, &golden);
            }
            fs::write(&path, &sample.json).unwrap();
            continue;
        }
        panic!(
            "{} does not look like {}.\nNow: {}\nA field may be added if it is optional; then run \
             the tests of contracts with UPDATE_DOCS=1. Anything else is a new version of the type.",
            sample.name,
            path.display(),
            sample.json
        );
    }
}

#[test]
fn every_golden_file_is_read_as_its_type() {
    let samples = all();
    for (name, golden) in json_files(&file(FOLDER)) {
        let Some(sample) = samples.iter().find(|sample| sample.name == name) else {
            panic!(
                "{name}.json has a type that does not exist: make sure that it is not sent any more"
            );
        };
        let reread = (sample.reread)(golden.clone());
        assert_eq!(reread.unwrap(), golden, "{name}");
    }
}

#[test]
fn past_golden_files_are_still_read() {
    let samples = all();
    for (name, golden) in json_files(&file(FOLDER).join("past")) {
        let of_type = name.rsplit_once('.').unwrap().0;
        let sample = samples.iter().find(|sample| sample.name == of_type);
        let reread = (sample
            .unwrap_or_else(|| panic!("{name} has an unknown type"))
            .reread)(golden);
        assert!(reread.is_ok(), "{name}: {}", reread.unwrap_err());
    }
}

#[test]
fn unknown_fields_are_ignored() {
    for sample in all() {
        let golden: Value = serde_json::from_str(&sample.json).unwrap();
        let mut newer = golden.clone();
        add_field(&mut newer);
        assert_ne!(newer, golden);
        let reread = (sample.reread)(newer);
        assert_eq!(reread.unwrap(), golden, "{}", sample.name);
    }
}

/// Adds a field to every object at any depth, except to amounts of money, which reject unknown fields.
fn add_field(value: &mut Value) {
    match value {
        Value::Object(fields) if fields.contains_key("minor_units") => {}
        Value::Object(fields) => {
            fields.values_mut().for_each(add_field);
            fields.insert("of_the_future".to_owned(), json!({"is": "unknown"}));
        }
        Value::Array(values) => values.iter_mut().for_each(add_field),
        _ => {}
    }
}

//! The golden files: what every message looks like on the wire, now and in the past.
//!
//! `tests/golden/<type>.json` is a sample of today. When a sample changes, `UPDATE_DOCS=1` moves the
//! file to `tests/golden/past/<type>.<n>.json`, and it must be read for as long as the type exists:
//! such messages may still wait in a queue.

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
fn every_golden_file_is_read_as_what_it_says() {
    let samples = all();
    for (name, golden) in json_files(&file(FOLDER)) {
        let Some(sample) = samples.iter().find(|sample| sample.name == name) else {
            panic!("{name}.json is of a type that is gone: no one may still send it");
        };
        let reread = (sample.reread)(golden.clone());
        assert_eq!(reread.unwrap(), golden, "{name}");
    }
}

#[test]
fn messages_of_the_past_are_still_read() {
    let samples = all();
    for (name, golden) in json_files(&file(FOLDER).join("past")) {
        let of_type = name.rsplit_once('.').unwrap().0;
        let sample = samples.iter().find(|sample| sample.name == of_type);
        let reread = (sample
            .unwrap_or_else(|| panic!("{name} is of no type"))
            .reread)(golden);
        assert!(reread.is_ok(), "{name}: {}", reread.unwrap_err());
    }
}

#[test]
fn fields_of_the_future_are_ignored() {
    for sample in all() {
        let golden: Value = serde_json::from_str(&sample.json).unwrap();
        let mut newer = golden.clone();
        add_field(&mut newer);
        assert_ne!(newer, golden);
        let reread = (sample.reread)(newer);
        assert_eq!(reread.unwrap(), golden, "{}", sample.name);
    }
}

/// Adds a field to every object, however deep, but not to amounts of money: those are complete, and
/// one with more to it would be another type.
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

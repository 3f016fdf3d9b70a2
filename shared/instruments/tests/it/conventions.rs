//! Prometheus' conventions, held for every metric there is.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use instruments::{ALL, Instrument, Kind, Values};

fn all() -> impl Iterator<Item = &'static dyn Instrument> {
    ALL.iter().flat_map(|room| room.iter().copied())
}

fn is_snake_case(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    starts && name.chars().all(allowed) && !name.contains("__") && !name.ends_with('_')
}

#[test]
fn names_are_unique_and_say_kind_and_base_unit() {
    let mut seen = BTreeSet::new();
    for about in all().map(Instrument::about) {
        let name = about.name;
        assert!(seen.insert(name), "{name} is there twice");
        assert!(is_snake_case(name), "{name}");
        assert_eq!(
            name.ends_with("_total"),
            about.kind == Kind::Counter,
            "{name}"
        );
        for taken in ["_bucket", "_sum", "_count", "_created", "_info_total"] {
            assert!(
                !name.ends_with(taken),
                "{name} has an ending of the format's own"
            );
        }
        for derived in [
            "milli", "micro", "_ms", "minutes", "hours", "_kb", "_mb", "percent",
        ] {
            assert!(!name.contains(derived), "{name}: base units only");
        }
        assert_eq!(
            about.kind == Kind::Histogram,
            !about.buckets.is_empty(),
            "{name}"
        );
    }
}

#[test]
fn no_room_is_left_out_of_the_list() {
    let rooms = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/rooms")).unwrap();
    let mut written = 0;
    for room in rooms {
        let text = fs::read_to_string(room.unwrap().path()).unwrap();
        let is_metric = |line: &&str| {
            let name = line.trim().split_once(": ").map(|(name, _)| name);
            let is_constant = |c: char| c.is_ascii_uppercase() || c == '_';
            name.is_some_and(|name| name.chars().all(is_constant)) && line.contains("> =")
        };
        written += text.lines().filter(is_metric).count();
    }
    assert_eq!(all().count(), written);
}

#[test]
fn help_is_one_plain_sentence() {
    for about in all().map(Instrument::about) {
        let help = about.help.trim();
        assert!((1..=250).contains(&help.len()), "{}", about.name);
        assert!(
            !help.ends_with('.') && !help.contains(['\n', '\\', '"', '|']),
            "{}",
            about.name
        );
    }
}

#[test]
fn labels_are_bounded_and_leave_prometheus_its_own() {
    for instrument in all() {
        let name = instrument.about().name;
        let mut series: usize = 1;
        let mut names = BTreeSet::new();
        for label in instrument.labels() {
            assert!(is_snake_case(label.name), "{name} {}", label.name);
            assert!(names.insert(label.name), "{name} has {} twice", label.name);
            let reserved = ["job", "instance", "le", "quantile"];
            assert!(
                !reserved.contains(&label.name),
                "{name}: `{}` is Prometheus'",
                label.name
            );
            for private in ["id", "user", "email", "path", "url", "address"] {
                let words: Vec<_> = label.name.split('_').collect();
                assert!(!words.contains(&private), "{name}: `{}`", label.name);
            }
            series *= match label.values {
                Values::OneOf(known) => {
                    let different: BTreeSet<_> = known.iter().collect();
                    assert_eq!(different.len(), known.len(), "{name} {}", label.name);
                    known.len()
                }
                Values::UpTo(most) => most.min(16),
            };
        }
        assert!(series > 0, "{name}");
    }
}

#[test]
fn buckets_go_up() {
    for about in all().map(Instrument::about) {
        let pairs = about.buckets.iter().zip(about.buckets.iter().skip(1));
        assert!(
            pairs.clone().all(|(low, high)| low < high),
            "{}",
            about.name
        );
        assert!(about.buckets.len() <= 16, "{}", about.name);
    }
}

#[test]
fn everybody_exports_the_metrics_of_a_process() {
    for process in instruments::Process::ALL {
        let own = all().filter(|one| one.about().processes.contains(&process));
        let names: BTreeSet<_> = own.map(|one| one.about().name).collect();
        for name in [
            "process_start_time_seconds",
            "mercantile_build_info",
            "log_events_total",
        ] {
            assert!(names.contains(name), "{} lacks {name}", process.name());
        }
    }
}

/// The code of the processes and of what they stand on.
fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy();
        if path.is_dir() {
            if !["tests", "instruments", "target", "node_modules"].contains(&&*name) {
                sources(&path, text);
            }
        } else if name.ends_with(".rs") {
            text.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_metric_is_counted_somewhere() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let mut code = String::new();
    for folder in ["gateway", "services", "shared"] {
        sources(&root.join(folder), &mut code);
    }
    let is_name = |c: char| c.is_ascii_uppercase() || c == '_';
    let used: BTreeSet<&str> = code.split(|c| !is_name(c)).collect();
    for room in fs::read_dir(root.join("shared/instruments/src/rooms")).unwrap() {
        let room = fs::read_to_string(room.unwrap().path()).unwrap();
        for line in room.lines().filter(|line| line.contains("> =")) {
            let name = line.trim().split_once(": ").map_or("", |(name, _)| name);
            if !name.is_empty() && name.chars().all(is_name) {
                assert!(used.contains(name), "{name} is counted nowhere");
            }
        }
    }
}

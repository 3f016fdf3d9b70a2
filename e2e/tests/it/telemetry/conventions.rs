//! Checks every metric against Prometheus' conventions.

use std::collections::{BTreeMap, BTreeSet};

use instruments::{Kind, Metric, Values};

use super::exported;

fn all() -> impl Iterator<Item = &'static dyn Metric> {
    exported().into_iter().map(|one| one.metric)
}

fn is_snake_case(name: &str) -> bool {
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    starts && name.chars().all(allowed) && !name.contains("__") && !name.ends_with('_')
}

#[test]
fn names_are_unique_and_end_in_kind_and_base_unit() {
    let mut seen = BTreeMap::new();
    for one in exported() {
        let about = one.metric.descriptor();
        let name = about.name;
        // Processes may use other label values.
        let definition = (about.help, about.kind, one.metric.labels().len());
        let first = *seen.entry(name).or_insert(definition);
        assert_eq!(first, definition, "{name} has two definitions");
        assert!(is_snake_case(name), "{name}");
        assert_eq!(
            name.ends_with("_total"),
            about.kind == Kind::Counter,
            "{name}"
        );
        for reserved in ["_bucket", "_sum", "_count", "_created", "_info_total"] {
            assert!(!name.ends_with(reserved), "{name} has a reserved suffix");
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
fn help_is_one_plain_sentence() {
    for about in all().map(Metric::descriptor) {
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
fn labels_are_bounded_and_not_reserved() {
    for metric in all() {
        let name = metric.descriptor().name;
        let mut series: usize = 1;
        let mut names = BTreeSet::new();
        for label in metric.labels() {
            assert!(is_snake_case(label.name), "{name} {}", label.name);
            assert!(names.insert(label.name), "{name} has {} twice", label.name);
            let reserved = ["job", "instance", "le", "quantile"];
            assert!(
                !reserved.contains(&label.name),
                "{name}: `{}` is reserved by Prometheus",
                label.name
            );
            for unbounded in ["id", "user", "email", "path", "url", "address"] {
                let words: Vec<_> = label.name.split('_').collect();
                assert!(!words.contains(&unbounded), "{name}: `{}`", label.name);
            }
            series *= match label.values {
                Values::OneOf(values) => {
                    let distinct: BTreeSet<_> = values.iter().collect();
                    assert_eq!(distinct.len(), values.len(), "{name} {}", label.name);
                    values.len()
                }
                Values::UpTo(most) => most.min(16),
            };
        }
        assert!(series > 0, "{name}");
    }
}

#[test]
fn buckets_increase() {
    for about in all().map(Metric::descriptor) {
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
fn a_metric_has_at_most_a_hundred_series() {
    for metric in all() {
        let counts = metric.labels().iter().map(|label| match label.values {
            Values::OneOf(values) => values.len(),
            Values::UpTo(_) => 1,
        });
        let series: usize = counts.product();
        let name = metric.descriptor().name;
        assert!(series <= 100, "{name} would have {series} series");
    }
}

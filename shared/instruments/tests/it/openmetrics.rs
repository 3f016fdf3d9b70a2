//! A strict parser of OpenMetrics text.

use std::collections::{BTreeMap, BTreeSet};

/// A parsed exposition.
#[derive(Debug, Default)]
pub(crate) struct Exposition {
    pub(crate) families: BTreeMap<String, Family>,
}

#[derive(Debug, Default)]
pub(crate) struct Family {
    pub(crate) kind: String,
    pub(crate) help: String,
    pub(crate) unit: String,
    pub(crate) samples: Vec<Sample>,
}

#[derive(Debug, Clone)]
pub(crate) struct Sample {
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) value: f64,
    pub(crate) exemplar: Option<Exemplar>,
}

#[derive(Debug, Clone)]
pub(crate) struct Exemplar {
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) value: f64,
    pub(crate) at: Option<f64>,
}

impl Exposition {
    /// # Panics
    /// The text is not valid.
    pub(crate) fn read(text: &str) -> Self {
        let body = text
            .strip_suffix("# EOF\n")
            .expect("the text must end with # EOF");
        let mut read = Self::default();
        let mut current = String::new();
        for line in body.lines() {
            if let Some(meta) = line.strip_prefix("# ") {
                let (word, rest) = meta.split_once(' ').expect(line);
                let (name, text) = rest.split_once(' ').unwrap_or((rest, ""));
                if name != current {
                    assert!(!read.families.contains_key(name), "{name} is interleaved");
                    name.clone_into(&mut current);
                }
                let family = read.families.entry(current.clone()).or_default();
                assert!(family.samples.is_empty(), "metadata after samples: {line}");
                let field = match word {
                    "HELP" => &mut family.help,
                    "TYPE" => &mut family.kind,
                    "UNIT" => &mut family.unit,
                    _ => panic!("{line}"),
                };
                assert!(field.is_empty(), "twice: {line}");
                text.clone_into(field);
            } else {
                let family = read.families.get_mut(&current).expect(line);
                family.samples.push(Sample::read(line));
            }
        }
        for (name, family) in &read.families {
            family.check(name);
        }
        read
    }

    pub(crate) fn sample(&self, family: &str, suffix: &str, labels: &[(&str, &str)]) -> &Sample {
        let found = self.families[family].samples.iter().find(|sample| {
            sample.name == format!("{family}{suffix}")
                && labels
                    .iter()
                    .all(|(name, value)| sample.labels.get(*name).is_some_and(|is| is == value))
        });
        found.unwrap_or_else(|| panic!("no {family}{suffix} {labels:?}"))
    }
}

impl Family {
    fn check(&self, name: &str) {
        assert!(
            !self.kind.is_empty() && !self.help.is_empty(),
            "{name} has no metadata"
        );
        assert!(
            self.unit.is_empty() || name.ends_with(&format!("_{}", self.unit)),
            "{name}"
        );
        let allowed: &[&str] = match self.kind.as_str() {
            "counter" => &["_total"],
            "gauge" => &[""],
            "histogram" => &["_bucket", "_sum", "_count"],
            other => panic!("{name} is a {other}"),
        };
        let mut seen = BTreeSet::new();
        for sample in &self.samples {
            let suffix = sample.name.strip_prefix(name).expect(&sample.name);
            assert!(allowed.contains(&suffix), "{} in {name}", sample.name);
            assert!(
                seen.insert((sample.name.clone(), sample.labels.clone())),
                "{sample:?} is duplicated"
            );
            assert!(self.kind == "gauge" || sample.value >= 0.0, "{sample:?}");
            let may_have = ["_bucket", "_total"].contains(&suffix);
            assert!(sample.exemplar.is_none() || may_have, "{sample:?}");
        }
        if self.kind == "histogram" {
            self.check_buckets(name);
        }
    }

    fn check_buckets(&self, name: &str) {
        let mut series: BTreeMap<BTreeMap<String, String>, Vec<(f64, f64)>> = BTreeMap::new();
        let buckets = self
            .samples
            .iter()
            .filter(|sample| sample.name.ends_with("_bucket"));
        for sample in buckets {
            let mut labels = sample.labels.clone();
            let bound = labels.remove("le").expect("a bucket has a bound");
            let bound = bound
                .trim_start_matches('+')
                .parse()
                .unwrap_or(f64::INFINITY);
            if let Some(exemplar) = &sample.exemplar {
                assert!(exemplar.value <= bound, "{sample:?}");
                assert!(exemplar.at.is_some(), "{sample:?}");
                let length: usize = exemplar.labels.iter().map(|(a, b)| a.len() + b.len()).sum();
                assert!(length <= 128, "{sample:?}");
            }
            series
                .entry(labels)
                .or_default()
                .push((bound, sample.value));
        }
        for (labels, buckets) in series {
            let in_order = buckets.iter().zip(buckets.iter().skip(1));
            assert!(
                in_order.clone().all(|(a, b)| a.0 < b.0 && a.1 <= b.1),
                "{name} {labels:?}"
            );
            let (last, all) = buckets.last().unwrap();
            assert_eq!(*last, f64::INFINITY, "{name} {labels:?}");
            let count = self
                .samples
                .iter()
                .find(|sample| sample.name == format!("{name}_count") && sample.labels == labels);
            assert_eq!(count.unwrap().value, *all, "{name} {labels:?}");
        }
    }
}

impl Sample {
    fn read(line: &str) -> Self {
        let (sample, exemplar) = match line.split_once(" # ") {
            Some((sample, exemplar)) => (sample, Some(exemplar)),
            None => (line, None),
        };
        let (series, value) = sample.rsplit_once(' ').expect(line);
        let (name, labels) = match series.split_once('{') {
            Some((name, labels)) => (name, labels.strip_suffix('}').expect(line)),
            None => (series, ""),
        };
        Self {
            name: name.to_owned(),
            labels: pairs(labels),
            value: value.parse().expect(line),
            exemplar: exemplar.map(|text| {
                let (labels, rest) = text
                    .strip_prefix('{')
                    .expect(line)
                    .split_once('}')
                    .expect(line);
                let mut numbers = rest
                    .split_whitespace()
                    .map(|number| number.parse().expect(line));
                let (value, at) = (numbers.next().expect(line), numbers.next());
                assert!(numbers.next().is_none(), "{line}");
                Exemplar {
                    labels: pairs(labels),
                    value,
                    at,
                }
            }),
        }
    }
}

/// `a="1",b="2"`, with `\\`, `\"` and `\n` in values.
fn pairs(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (name, after) = rest.split_once("=\"").expect(text);
        let mut value = String::new();
        let mut chars = after.char_indices();
        let end = loop {
            match chars.next().expect(text) {
                (at, '"') => break at,
                (_, '\\') => match chars.next().expect(text).1 {
                    'n' => value.push('\n'),
                    escaped @ ('"' | '\\') => value.push(escaped),
                    other => panic!("\\{other} in {text}"),
                },
                (_, plain) => value.push(plain),
            }
        };
        assert!(
            found.insert(name.to_owned(), value).is_none(),
            "{name} twice in {text}"
        );
        rest = &after[end + 1..];
        rest = rest.strip_prefix(',').unwrap_or(rest);
    }
    found
}

//! Reads the samples of an OpenMetrics text. Types, help, time stamps and exemplars are skipped.

use std::borrow::Cow;

/// One sample: `name{label="value"} 1.5`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample<'a> {
    pub(super) name: &'a str,
    labels: Vec<(&'a str, Cow<'a, str>)>,
    pub(super) value: f64,
}

impl Sample<'_> {
    /// The value of a label; empty if the sample does not have it.
    pub(super) fn label(&self, name: &str) -> &str {
        let found = self.labels.iter().find(|(label, _)| *label == name);
        found.map_or("", |(_, value)| value)
    }
}

/// The samples of a text, in order. A line that cannot be read is skipped: a newer process may write what this one does
/// not know.
pub(super) fn samples(text: &str) -> impl Iterator<Item = Sample<'_>> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(sample)
}

fn sample(line: &str) -> Option<Sample<'_>> {
    let end = line.find(['{', ' '])?;
    let (name, rest) = line.split_at(end);
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (Vec::new(), rest),
    };
    let value = rest.split_whitespace().next()?.parse().ok()?;
    Some(Sample {
        name,
        labels,
        value,
    })
}

type Labels<'a> = Vec<(&'a str, Cow<'a, str>)>;

/// The labels up to `}`, and what follows.
fn labels(mut rest: &str) -> Option<(Labels<'_>, &str)> {
    let mut labels = Vec::new();
    loop {
        rest = rest.trim_start_matches([',', ' ']);
        if let Some(rest) = rest.strip_prefix('}') {
            return Some((labels, rest));
        }
        let (name, value) = rest.split_once("=\"")?;
        let end = end_of_value(value)?;
        labels.push((name, unescaped(&value[..end])));
        rest = &value[end + 1..];
    }
}

/// The position of the quote that ends a value.
fn end_of_value(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.bytes().position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    })
}

fn unescaped(value: &str) -> Cow<'_, str> {
    if !value.contains('\\') {
        return Cow::Borrowed(value);
    }
    let mut text = String::with_capacity(value.len());
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        match (character, character == '\\') {
            (_, true) => match characters.next() {
                Some('n') => text.push('\n'),
                escaped => text.extend(escaped),
            },
            (character, false) => text.push(character),
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r##"# HELP rpc_client_requests Calls made.
# TYPE rpc_client_requests counter
rpc_client_requests_total{upstream="order",code="Ok"} 17
rpc_client_duration_seconds_bucket{upstream="order",le="0.25"} 12 # {trace_id="4bf9"} 0.2 1700000000.5
rpc_client_duration_seconds_bucket{upstream="order",le="+Inf"} 13
process_cpu_seconds_total 1.5
odd{path="a\\b \"c\"}\n",other=""} 2e3 1700000000
gone
broken{path="x} 1
no_number{} many
up{} 1
# EOF
"##;

    #[test]
    fn samples_have_names_labels_and_values() {
        let samples: Vec<Sample<'_>> = samples(TEXT).collect();
        let names: Vec<(&str, f64)> = samples.iter().map(|it| (it.name, it.value)).collect();
        let bucket = "rpc_client_duration_seconds_bucket";
        assert_eq!(
            names,
            [
                ("rpc_client_requests_total", 17.0),
                (bucket, 12.0),
                (bucket, 13.0),
                ("process_cpu_seconds_total", 1.5),
                ("odd", 2000.0),
                ("up", 1.0),
            ]
        );
        assert_eq!(samples[0].label("upstream"), "order");
        assert_eq!(samples[0].label("method"), "");
        assert_eq!(samples[1].label("le"), "0.25");
        assert_eq!(samples[2].label("le"), "+Inf");
        assert_eq!(samples[4].label("path"), "a\\b \"c\"}\n");
        assert_eq!(samples[4].label("other"), "");
    }

    #[test]
    fn the_metrics_of_this_process_are_read() {
        instruments::register(&crate::METRICS);
        let text = instruments::render();
        let lines = text.lines().filter(|line| !line.starts_with('#')).count();
        assert!(lines > 0);
        assert_eq!(samples(&text).count(), lines);
    }
}

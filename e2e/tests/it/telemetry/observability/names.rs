//! Every metric, label and label value in rules, dashboards and runbooks exists.

use std::collections::{BTreeMap, BTreeSet};

use instruments::{Kind, Label, Values};

use super::promql::{Matcher, named};
use super::{DASHBOARDS, PROCESSES, RUNBOOKS, dashboards, exported, files, rules};

/// Labels that Prometheus adds to every scraped series; relabeling adds `service`.
const OF_THE_TARGET: [&str; 3] = ["service", "instance", "job"];
/// Metrics of other programs, with the labels that are used.
const FOREIGN: [(&str, &[&str]); 18] = [
    ("up", &[]),
    ("ALERTS", &["alertname", "alertstate", "severity"]),
    ("otelcol_exporter_send_failed_spans_total", &[]),
    ("otelcol_receiver_refused_spans_total", &[]),
    ("otelcol_exporter_queue_size", &[]),
    ("otelcol_exporter_queue_capacity", &[]),
    ("rabbitmq_alarms_free_disk_space_watermark", &[]),
    ("rabbitmq_alarms_memory_used_watermark", &[]),
    ("rabbitmq_disk_space_available_bytes", &[]),
    ("rabbitmq_disk_space_available_limit_bytes", &[]),
    ("rabbitmq_global_messages_confirmed_total", &[]),
    ("rabbitmq_global_messages_delivered_total", &[]),
    ("rabbitmq_global_messages_received_total", &[]),
    ("rabbitmq_global_messages_redelivered_total", &[]),
    ("rabbitmq_process_resident_memory_bytes", &[]),
    ("rabbitmq_resident_memory_limit_bytes", &[]),
    // A selector without a metric name.
    ("", &["__name__"]),
    ("vector", &[]),
];

/// The labels of each metric. A label occurs twice if two processes use different values.
type LabelsByMetric = BTreeMap<String, Vec<Label>>;

/// A label with any value.
const fn any(name: &'static str) -> Label {
    let values = Values::UpTo(1);
    Label { name, values }
}

fn labels_by_metric() -> LabelsByMetric {
    let mut all = LabelsByMetric::new();
    for one in exported() {
        let about = one.metric.descriptor();
        let labels = one.metric.labels();
        let mut add = |part: &str, labels: &[Label]| {
            let name = format!("{}{part}", about.name);
            all.entry(name).or_default().extend(labels);
        };
        if about.kind == Kind::Histogram {
            add("_count", labels);
            add("_sum", labels);
            add("_bucket", labels);
            add("_bucket", &[any("le")]);
        } else {
            add("", labels);
        }
    }
    for rule in rules().iter().filter(|rule| rule.kind == "record") {
        all.insert(rule.name.clone(), vec![any("slo")]);
    }
    for (name, labels) in FOREIGN {
        all.insert(name.to_owned(), labels.iter().copied().map(any).collect());
    }
    all
}

/// Place and text of every expression.
fn expressions() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for rule in rules() {
        all.push((rule.name, rule.expression));
    }
    for (name, text) in files(DASHBOARDS, "json") {
        for expression in dashboards::expressions(&serde_json::from_str(&text).unwrap()) {
            all.push((format!("dashboard {name}"), expression));
        }
    }
    for (name, text) in files(RUNBOOKS, "md") {
        for block in text.split("```promql\n").skip(1) {
            let (block, _) = block.split_once("```").unwrap();
            all.extend(
                block
                    .lines()
                    .map(|line| (format!("runbook {name}"), line.to_owned())),
            );
        }
    }
    all
}

/// The unknown names of an expression.
fn mistakes(metrics: &LabelsByMetric, expression: &str) -> Vec<String> {
    let named = named(expression);
    let mut mistakes = Vec::new();
    let mut labels: BTreeSet<&str> = OF_THE_TARGET.into_iter().collect();
    for (metric, matchers) in &named.selectors {
        let Some(of_metric) = metrics.get(metric) else {
            mistakes.push(format!("there is no metric `{metric}`"));
            continue;
        };
        labels.extend(of_metric.iter().map(|label| label.name));
        for matcher in matchers {
            mistakes.extend(mistake(metric, of_metric, matcher));
        }
    }
    let unknown = named
        .grouping
        .iter()
        .filter(|label| !labels.contains(&***label));
    mistakes.extend(unknown.map(|label| format!("no metric in it has the label `{label}`")));
    mistakes
}

fn mistake(metric: &str, labels: &[Label], matcher: &Matcher) -> Option<String> {
    if matcher.label == "service" {
        let is_process = |value: &String| {
            value.starts_with('$') || PROCESSES.iter().any(|(name, _)| name == value)
        };
        let unknown = matcher.values.iter().find(|value| !is_process(value))?;
        return Some(format!("there is no process `{unknown}`"));
    }
    if OF_THE_TARGET.contains(&&*matcher.label) {
        return None;
    }
    let named = labels.iter().filter(|label| label.name == matcher.label);
    let mut values = Vec::new();
    for label in named {
        match label.values {
            Values::OneOf(allowed) => values.extend(allowed),
            Values::UpTo(_) => return None,
        }
    }
    if values.is_empty() {
        return Some(format!("`{metric}` has no label `{}`", matcher.label));
    }
    let unknown = matcher
        .values
        .iter()
        .find(|value| !values.contains(&&***value))?;
    Some(format!(
        "`{}` of `{metric}` is never `{unknown}`",
        matcher.label
    ))
}

#[test]
fn rules_dashboards_and_runbooks_name_existing_metrics() {
    let metrics = labels_by_metric();
    let mut all = Vec::new();
    for (place, expression) in expressions() {
        for mistake in mistakes(&metrics, &expression) {
            all.push(format!("{place}: {mistake} in {expression}"));
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn an_unknown_name_is_found() {
    let metrics = labels_by_metric();
    for (expression, expected) in [
        (
            "sum(orders_bought_total)",
            "there is no metric `orders_bought_total`",
        ),
        (
            "orders_rejected_total{why=\"x\"}",
            "`orders_rejected_total` has no label `why`",
        ),
        (
            "orders_rejected_total{reason=~\"out_of_stock|no_such_reason\"}",
            "`reason` of `orders_rejected_total` is never `no_such_reason`",
        ),
        (
            "sum by (reason) (orders_placed_total)",
            "no metric in it has the label `reason`",
        ),
        ("up{service=\"orders\"}", "there is no process `orders`"),
    ] {
        assert_eq!(mistakes(&metrics, expression), [expected]);
    }
}

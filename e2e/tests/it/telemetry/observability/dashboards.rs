//! The dashboards are valid and complete, and their links exist. Grafana itself does not run here.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::{DASHBOARDS, RUNBOOKS, files, root};

const COLUMNS: u64 = 24;
/// Keys that Grafana's export adds and that only make reviews longer.
const NOISE: [&str; 5] = ["id", "iteration", "version", "gnetId", "__inputs"];

fn all() -> Vec<(String, Value)> {
    files(DASHBOARDS, "json")
        .into_iter()
        .map(|(name, text)| (name, serde_json::from_str(&text).unwrap()))
        .collect()
}

/// Every `expr` below a value.
pub(super) fn expressions(value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => {
            let own = fields
                .get("expr")
                .and_then(Value::as_str)
                .map(str::to_owned);
            own.into_iter()
                .chain(fields.values().flat_map(expressions))
                .collect()
        }
        Value::Array(items) => items.iter().flat_map(expressions).collect(),
        _ => Vec::new(),
    }
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn number(value: &Value, pointer: &str) -> u64 {
    value
        .pointer(pointer)
        .and_then(Value::as_u64)
        .expect(pointer)
}

#[test]
fn dashboards_are_complete() {
    let mut uids = BTreeSet::new();
    for (name, dashboard) in all() {
        assert_eq!(text(&dashboard, "/uid"), format!("mercantile-{name}"));
        assert!(uids.insert(text(&dashboard, "/uid").to_owned()));
        for key in ["/title", "/description"] {
            assert!(!text(&dashboard, key).is_empty(), "{name} has no {key}");
        }
        assert!(number(&dashboard, "/schemaVersion") >= 39);
        for key in NOISE {
            assert!(dashboard.get(key).is_none(), "{name} has {key}");
        }
        let mut ids = BTreeSet::new();
        for panel in list(&dashboard, "/panels") {
            let title = format!("{name}: {}", text(panel, "/title"));
            assert!(ids.insert(number(panel, "/id")), "{title}: duplicate id");
            check_panel(&title, panel);
        }
    }
}

fn check_panel(title: &str, panel: &Value) {
    assert!(!text(panel, "/title").is_empty(), "{title} has no title");
    if text(panel, "/type") == "row" {
        return;
    }
    assert!(
        ["stat", "timeseries", "table"].contains(&text(panel, "/type")),
        "{title}"
    );
    assert!(
        !text(panel, "/description").is_empty(),
        "{title} has no description"
    );
    assert!(
        !text(panel, "/fieldConfig/defaults/unit").is_empty(),
        "{title} has no unit"
    );
    let targets = list(panel, "/targets");
    assert!(!targets.is_empty(), "{title} has no query");
    let letters: BTreeSet<&str> = targets
        .iter()
        .map(|target| text(target, "/refId"))
        .collect();
    assert_eq!(letters.len(), targets.len(), "{title}: duplicate refIds");
}

#[test]
fn panels_do_not_overlap() {
    for (name, dashboard) in all() {
        let mut taken = BTreeSet::new();
        for panel in list(&dashboard, "/panels") {
            let [x, y, w, h] =
                ["x", "y", "w", "h"].map(|side| number(panel, &format!("/gridPos/{side}")));
            assert!(
                w > 0 && h > 0 && x + w <= COLUMNS,
                "{name}: {}",
                text(panel, "/title")
            );
            for column in x..x + w {
                for line in y..y + h {
                    assert!(
                        taken.insert((column, line)),
                        "{name}: {} overlaps another panel",
                        text(panel, "/title")
                    );
                }
            }
        }
    }
}

#[test]
fn data_sources_and_variables_exist() {
    let provisioned =
        root().join("deploy/observability/grafana/provisioning/datasources/datasources.yaml");
    let provisioned = fs::read_to_string(provisioned).unwrap();
    for (name, dashboard) in all() {
        let queries: Vec<&Value> = list(&dashboard, "/panels")
            .iter()
            .chain(list(&dashboard, "/annotations/list"))
            .chain(list(&dashboard, "/templating/list"))
            .filter(|query| text(query, "/type") != "row")
            .collect();
        for query in queries {
            let uid = text(query, "/datasource/uid");
            assert!(
                !uid.is_empty() && provisioned.contains(&format!("    uid: {uid}\n")),
                "{name}: {query}"
            );
        }
        let mut variables = vec!["__rate_interval", "__range"];
        variables.extend(
            list(&dashboard, "/templating/list")
                .iter()
                .map(|variable| text(variable, "/name")),
        );
        for expression in expressions(&dashboard) {
            for after in expression.split('$').skip(1) {
                let end = after
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .unwrap_or(after.len());
                assert!(
                    variables.contains(&&after[..end]),
                    "{name}: ${} in {expression}",
                    &after[..end]
                );
            }
        }
    }
}

#[test]
fn links_lead_to_existing_pages() {
    let dashboards = all();
    let uids: BTreeSet<&str> = dashboards
        .iter()
        .map(|(_, dashboard)| text(dashboard, "/uid"))
        .collect();
    for (name, dashboard) in &dashboards {
        for link in list(dashboard, "/links") {
            let url = text(link, "/url");
            let exists = url
                .strip_prefix("/d/")
                .map_or(url == "http://localhost:16686", |uid| uids.contains(uid));
            assert!(exists, "{name}: {url}");
        }
        for panel in list(dashboard, "/panels") {
            for mention in text(panel, "/description").split("Runbook: `").skip(1) {
                let (path, _) = mention.split_once('`').unwrap();
                assert!(
                    path.starts_with(RUNBOOKS) && root().join(path).is_file(),
                    "{name}: {path}"
                );
            }
        }
    }
}

//! What is built on the metrics, in `deploy/observability` and `docs/runbooks`: that each name in it exists, and that
//! alerts, their tests and their runbooks belong together. `cargo xtask rules` asks promtool about the rest.

use std::fs;

use super::{PROCESSES, exported, root};

mod alerts;
mod dashboards;
mod names;
mod promql;

const RULES: &str = "deploy/observability/prometheus/rules";
const TESTS: &str = "deploy/observability/prometheus/tests";
const DASHBOARDS: &str = "deploy/observability/grafana/dashboards";
const RUNBOOKS: &str = "docs/runbooks";

/// The files of a folder with that extension: name without it, and contents.
fn files(folder: &str, extension: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .map(|path| {
            let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (stem, fs::read_to_string(path).unwrap())
        })
        .collect();
    assert!(!files.is_empty(), "{folder} has no *.{extension}");
    files.sort();
    files
}

/// A rule, as far as it is read here.
#[derive(Debug, Default)]
struct Rule {
    /// `alert` or `record`
    kind: String,
    name: String,
    expression: String,
    severity: String,
    /// What the rule itself puts on an alert: `{ severity: page, window: 1h }`
    labels: String,
    runbook: String,
    summary: String,
    description: String,
}

/// All rules. Reads the YAML that we write: a key and its value on a line, or a text folded below `>-`.
fn rules() -> Vec<Rule> {
    let mut rules = Vec::new();
    for (_, text) in files(RULES, "yml") {
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let Some((key, value)) = line.trim_start().split_once(": ") else {
                continue;
            };
            let key = key.trim_start_matches("- ");
            let value = if value == ">-" {
                folded(line, &lines[at + 1..])
            } else {
                value.trim_matches('"').to_owned()
            };
            if let Some(inline) = line.trim_start().strip_prefix("- { record: \"") {
                let (name, rest) = inline.split_once('"').unwrap();
                let (_, expression) = rest.split_once("expr: ").unwrap();
                rules.push(Rule {
                    kind: "record".to_owned(),
                    name: name.to_owned(),
                    expression: expression.trim_end_matches(" }").to_owned(),
                    ..Rule::default()
                });
                continue;
            }
            match key {
                "alert" | "record" => rules.push(Rule {
                    kind: key.to_owned(),
                    name: value,
                    ..Rule::default()
                }),
                "expr" => rules.last_mut().unwrap().expression = value,
                "runbook" => rules.last_mut().unwrap().runbook = value,
                "summary" => rules.last_mut().unwrap().summary = value,
                "description" => rules.last_mut().unwrap().description = value,
                "labels" if value.contains("severity: ") => {
                    let (_, rest) = value.split_once("severity: ").unwrap();
                    let severity = rest.split([',', ' ', '}']).next().unwrap();
                    rules.last_mut().unwrap().severity = severity.to_owned();
                    rules.last_mut().unwrap().labels = value;
                }
                _ => {}
            }
        }
    }
    assert!(rules.len() > 20, "the rules were not read");
    for rule in &rules {
        assert!(
            !rule.expression.is_empty(),
            "{} has no expression",
            rule.name
        );
    }
    rules
}

/// The lines that are further in than `line`, as one.
fn folded(line: &str, below: &[&str]) -> String {
    let indent = line.len() - line.trim_start().len();
    let further = |line: &&&str| line.len() - line.trim_start().len() > indent;
    let text: Vec<&str> = below.iter().take_while(further).map(|l| l.trim()).collect();
    text.join(" ")
}

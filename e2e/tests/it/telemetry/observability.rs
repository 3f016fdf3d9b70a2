//! Every name in `deploy/observability` and `docs/runbooks` exists, and each alert has a test and a runbook.
//! `cargo xtask rules` checks the rest with promtool.

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

/// Stem and contents of each file of a folder with this extension.
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

/// The parts of a rule that these tests read.
#[derive(Debug, Default)]
struct Rule {
    /// `alert` or `record`.
    kind: String,
    name: String,
    expression: String,
    severity: String,
    /// The labels that the rule adds: `{ severity: page, window: 1h }`.
    labels: String,
    runbook: String,
    summary: String,
    description: String,
}

/// All rules. Reads only the YAML that these files use: key and value on one line, or a folded text after `>-`.
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
    assert!(rules.len() > 20, "too few rules were read");
    for rule in &rules {
        assert!(
            !rule.expression.is_empty(),
            "{} has no expression",
            rule.name
        );
    }
    rules
}

/// The lines below `line` with a larger indent, joined.
fn folded(line: &str, below: &[&str]) -> String {
    let indent = line.len() - line.trim_start().len();
    let further = |line: &&&str| line.len() - line.trim_start().len() > indent;
    let text: Vec<&str> = below.iter().take_while(further).map(|l| l.trim()).collect();
    text.join(" ")
}

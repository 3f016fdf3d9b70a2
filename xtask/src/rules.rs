//! `cargo xtask rules`: checks Prometheus' configuration, rules and rule tests, and every expression of the dashboards and
//! runbooks, with `promtool`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::command::run;
use crate::project::{Project, make_folder};
use crate::terminal::{status, warning};

mod promtool;

use promtool::Promtool;

const PROMETHEUS: &str = "deploy/observability/prometheus";
const DASHBOARDS: &str = "deploy/observability/grafana/dashboards";
const RUNBOOKS: &str = "docs/runbooks";

/// Values for Grafana's variables, so that the expressions parse.
const VARIABLES: [(&str, &str); 3] = [
    ("$__rate_interval", "1m"),
    ("$__interval", "1m"),
    ("$__range", "1h"),
];

/// Runs all checks. Without promtool it prints a warning and checks nothing.
pub(crate) fn rules(project: &Project) -> Result<()> {
    let promtool = match Promtool::find(project) {
        Ok(promtool) => promtool,
        Err(obstacle) => {
            warning(format!(
                "the Prometheus rules are NOT checked: there is no promtool ({obstacle:#})"
            ));
            return Ok(());
        }
    };
    let files = |folder: &str, extension: &str| -> Result<Vec<String>> {
        let files = files(project.root(), folder, extension)?;
        ensure!(!files.is_empty(), "{folder} has no *.{extension}");
        Ok(files)
    };
    let check = |what: &[&str], files: &[String]| {
        run(promtool.command(project).args(what).args(files)).context("promtool failed")
    };
    check(
        &["check", "config"],
        &[format!("{PROMETHEUS}/prometheus.yml")],
    )?;
    let rules = files(&format!("{PROMETHEUS}/rules"), "yml")?;
    check(&["check", "rules", "--lint=all", "--lint-fatal"], &rules)?;
    let tests = files(&format!("{PROMETHEUS}/tests"), "yml")?;
    check(&["test", "rules"], &tests)?;
    let mut expressions = of_dashboards(project.root(), &files(DASHBOARDS, "json")?)?;
    expressions.extend(of_runbooks(project.root(), &files(RUNBOOKS, "md")?)?);
    let count = expressions.len();
    let wrapped = wrap(project, expressions)?;
    check(&["check", "rules", "--lint=none"], &[wrapped])?;
    status(
        "Checked",
        format!(
            "{} rule files, {} test files, {count} expressions of dashboards and runbooks",
            rules.len(),
            tests.len()
        ),
    );
    Ok(())
}

/// The paths from the root of a folder's files with this extension, sorted.
fn files(root: &Path, folder: &str, extension: &str) -> Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root.join(folder)).with_context(|| folder.to_owned())? {
        let path = PathBuf::from(entry?.file_name());
        if path.extension().is_some_and(|found| found == extension) {
            files.push(format!("{folder}/{}", path.display()));
        }
    }
    files.sort();
    Ok(files)
}

/// Place and text of an expression.
type Found = (String, String);

fn of_dashboards(root: &Path, files: &[String]) -> Result<Vec<Found>> {
    let mut all = Vec::new();
    for file in files {
        let text = fs::read_to_string(root.join(file))?;
        let dashboard: Value = serde_json::from_str(&text).with_context(|| file.clone())?;
        let mut found = Vec::new();
        expressions(&dashboard, "dashboard", &mut found);
        let named = |(title, expression)| (format!("{}:{title}", stem(file)), expression);
        all.extend(found.into_iter().map(named));
    }
    Ok(all)
}

/// Each line of the `promql` blocks.
fn of_runbooks(root: &Path, files: &[String]) -> Result<Vec<Found>> {
    let mut all = Vec::new();
    for file in files {
        let text = fs::read_to_string(root.join(file))?;
        let blocks = text.split("```promql\n").skip(1);
        let lines = blocks.flat_map(|block| block.lines().take_while(|line| *line != "```"));
        all.extend(lines.map(|line| (format!("runbook:{}", stem(file)), line.to_owned())));
    }
    Ok(all)
}

fn stem(file: &str) -> String {
    let stem = Path::new(file).file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// Writes the expressions as recording rules to a file for this check and returns its path from the root. The name of
/// a rule is the place of its expression, so that errors show it.
fn wrap(project: &Project, expressions: Vec<Found>) -> Result<String> {
    let rules: Vec<Value> = expressions
        .into_iter()
        .enumerate()
        .map(|(number, (place, expression))| {
            let record = record(&format!("{place}:{number}"));
            json!({"record": record, "expr": substituted(&expression)})
        })
        .collect();
    let wrapped = json!({"groups": [{"name": "expressions", "rules": rules}]});
    make_folder(&project.private().join("rules"))?;
    let file = ".mercantile/rules/expressions.yml";
    // JSON is YAML.
    fs::write(project.root().join(file), wrapped.to_string())?;
    Ok(file.to_owned())
}

/// Every `expr` below a value, with the title of its panel.
fn expressions(value: &Value, title: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            let title = fields.get("title").and_then(Value::as_str).unwrap_or(title);
            if let Some(expression) = fields.get("expr").and_then(Value::as_str) {
                found.push((title.to_owned(), expression.to_owned()));
            }
            for field in fields.values() {
                expressions(field, title, found);
            }
        }
        Value::Array(items) => {
            for item in items {
                expressions(item, title, found);
            }
        }
        _ => {}
    }
}

fn substituted(expression: &str) -> String {
    let mut text = expression.to_owned();
    for (variable, value) in VARIABLES {
        text = text.replace(variable, value);
    }
    text
}

/// A valid name of a recording rule.
fn record(place: &str) -> String {
    place
        .chars()
        .map(|c| match c {
            ':' => ':',
            c if c.is_ascii_alphanumeric() => c,
            _ => '_',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_is_found_with_its_panel() {
        let dashboard = json!({"title": "Shop", "panels": [
            {"title": "Row", "panels": [{"title": "Orders", "targets": [{"expr": "a"}, {"expr": "b"}]}]},
        ]});
        let mut found = Vec::new();
        expressions(&dashboard, "dashboard", &mut found);
        let orders = |expression: &str| ("Orders".to_owned(), expression.to_owned());
        assert_eq!(found, [orders("a"), orders("b")]);
    }

    #[test]
    fn variables_are_replaced() {
        assert_eq!(
            substituted("rate(a[$__rate_interval]) + increase(b[$__range])"),
            "rate(a[1m]) + increase(b[1h])"
        );
        assert_eq!(
            record("shop:Placed → confirmed:3"),
            "shop:Placed___confirmed:3"
        );
    }
}

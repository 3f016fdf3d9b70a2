//! `cargo xtask rules`: Prometheus' configuration, its rules with their tests, and every expression of the dashboards,
//! checked by Prometheus' own `promtool`.

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

/// What Grafana puts in place of its variables, in some form that parses.
const VARIABLES: [(&str, &str); 3] = [
    ("$__rate_interval", "1m"),
    ("$__interval", "1m"),
    ("$__range", "1h"),
];

/// Checks all of it; where promtool can not be had, says so and checks nothing.
pub(crate) fn rules(project: &Project) -> Result<()> {
    let promtool = match Promtool::find(project) {
        Ok(promtool) => promtool,
        Err(obstacle) => {
            warning(format!(
                "the rules of Prometheus are NOT checked: there is no promtool ({obstacle:#})"
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
        run(promtool.command(project).args(what).args(files)).context("promtool says no")
    };
    check(
        &["check", "config"],
        &[format!("{PROMETHEUS}/prometheus.yml")],
    )?;
    let rules = files(&format!("{PROMETHEUS}/rules"), "yml")?;
    check(&["check", "rules", "--lint=all", "--lint-fatal"], &rules)?;
    let tests = files(&format!("{PROMETHEUS}/tests"), "yml")?;
    check(&["test", "rules"], &tests)?;
    let (wrapped, count) = wrap_dashboards(project, &files(DASHBOARDS, "json")?)?;
    check(&["check", "rules", "--lint=none"], &[wrapped])?;
    status(
        "Checked",
        format!(
            "{} files of rules, {} of tests, {count} expressions of dashboards",
            rules.len(),
            tests.len()
        ),
    );
    Ok(())
}

/// The files of a folder with that extension, from the root, sorted.
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

/// Every expression of the dashboards as a recording rule of a file that exists for this check only. Returns the file,
/// from the root, and how many expressions there are. A record is named after its panel, so that an error says where.
fn wrap_dashboards(project: &Project, dashboards: &[String]) -> Result<(String, usize)> {
    let mut rules = Vec::new();
    for file in dashboards {
        let text = fs::read_to_string(project.root().join(file))?;
        let dashboard: Value = serde_json::from_str(&text).with_context(|| file.clone())?;
        let mut found = Vec::new();
        expressions(&dashboard, "dashboard", &mut found);
        let stem = Path::new(file).file_stem().unwrap_or_default();
        for (title, expression) in found {
            let number = rules.len();
            let place = format!("{}:{title}:{number}", stem.to_string_lossy());
            rules.push(json!({"record": record(&place), "expr": substituted(&expression)}));
        }
    }
    let count = rules.len();
    let wrapped = json!({"groups": [{"name": "dashboards", "rules": rules}]});
    make_folder(&project.private().join("rules"))?;
    let file = ".mercantile/rules/dashboards.yml";
    // JSON is YAML.
    fs::write(project.root().join(file), wrapped.to_string())?;
    Ok((file.to_owned(), count))
}

/// Every `expr` below a value, with the title of the panel that it is in.
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

/// A name that a recording rule may have.
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
    fn every_expression_is_found_with_the_panel_that_it_is_in() {
        let dashboard = json!({"title": "Shop", "panels": [
            {"title": "Row", "panels": [{"title": "Orders", "targets": [{"expr": "a"}, {"expr": "b"}]}]},
        ]});
        let mut found = Vec::new();
        expressions(&dashboard, "dashboard", &mut found);
        let orders = |expression: &str| ("Orders".to_owned(), expression.to_owned());
        assert_eq!(found, [orders("a"), orders("b")]);
    }

    #[test]
    fn variables_become_something_that_parses() {
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

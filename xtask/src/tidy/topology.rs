//! `docker-compose.yml` starts the processes of `deploy/topology` with the same ports and settings.

use ::topology::{PROCESSES, Process, Value};

use super::{Finding, Source};

const COMPOSE: &str = "docker-compose.yml";

/// Compares the compose file with `deploy/topology`.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let compose = sources.iter().find(|source| source.path == COMPOSE);
    compose.map_or_else(Vec::new, |compose| {
        let of_each = |process| of_process(process, compose);
        PROCESSES.iter().flat_map(of_each).collect()
    })
}

fn of_process(process: &Process, compose: &Source) -> Vec<Finding> {
    let Some((first, service)) = block(&compose.text, process.name) else {
        let rule = format!(
            "the compose file runs every process, and `{}` is missing",
            process.name
        );
        return vec![Finding::new(
            COMPOSE,
            0,
            rule,
            "add it, see deploy/topology",
        )];
    };
    let mut findings = Vec::new();
    let mut find = |line: usize, rule: String| {
        let advice = "make it equal to deploy/topology/src/lib.rs";
        findings.push(Finding::new(COMPOSE, line, rule, advice));
    };
    for (key, value) in process.settings {
        let variable = process.variable(key);
        let Some(wanted) = wanted(process, *value) else {
            continue;
        };
        // A setting may belong to a job only: `user-seed`.
        let lines = compose.text.lines().enumerate();
        let set = lines.filter(|(_, line)| {
            variable_of(line)
                .is_some_and(|name| name == variable || name == format!("{variable}_FILE"))
        });
        let set: Vec<(usize, &str)> = set.collect();
        if set.is_empty() {
            find(first, format!("`{}` needs {variable}", process.name));
        }
        for (index, line) in set {
            if !line.contains(&wanted) {
                find(
                    index + 1,
                    format!("{variable} is {wanted} in deploy/topology"),
                );
            }
        }
    }
    let is_published = service.contains("ports:");
    if is_published && !service.contains(&format!(":{}\"", process.port)) {
        find(
            first,
            format!("`{}` serves on port {}", process.name, process.port),
        );
    }
    findings
}

/// The text that the value of a variable contains in the compose file; `None` if it is not set there.
fn wanted(process: &Process, value: Value) -> Option<String> {
    match value {
        Value::Database => Some("_database_url".to_owned()),
        Value::Broker => Some(format!("/run/secrets/{}_broker_url", process.name)),
        Value::Redis => Some("/run/secrets/redis_url".to_owned()),
        Value::Secret(_) => Some("/run/secrets/".to_owned()),
        Value::Text(text) => Some(text.to_owned()),
        // It has the published port.
        Value::Public(path) => Some(format!("}}{path}")),
        Value::Url(name, path) => {
            let port = Process::named(name)?.port;
            Some(format!("http://{name}:{port}{path}"))
        }
        // The image sets the file, on a volume.
        Value::File(_) => None,
    }
}

/// The variable that a line sets, also within braces: `ORDER__BROKER__URL_FILE: ..`.
fn variable_of(line: &str) -> Option<&str> {
    let (name, _) = line.split_once(": ")?;
    let inside = line.split(['{', ',']).find_map(|part| {
        let (name, _) = part.trim().split_once(": ")?;
        name.contains("__").then_some(name)
    });
    Some(inside.unwrap_or_else(|| name.trim()))
}

/// The number of a service's first line, and its lines.
fn block<'a>(text: &'a str, name: &str) -> Option<(usize, &'a str)> {
    let head = format!("\n  {name}:\n");
    let start = text.find(&head)? + 1;
    let rest = &text[start + head.len() - 1..];
    let is_next =
        |line: &str| line.starts_with("  ") && !line.starts_with("   ") && !line.starts_with("  #");
    let mut length = head.len() - 1;
    for line in rest.lines() {
        if is_next(line) || (!line.is_empty() && !line.starts_with(' ')) {
            break;
        }
        length += line.len() + 1;
    }
    let line = text[..start].matches('\n').count() + 1;
    Some((line, &text[start..(start + length).min(text.len())]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = include_str!("../../../docker-compose.yml");

    fn rules(text: &str) -> Vec<String> {
        let findings = check(&[Source::new(COMPOSE, text)]);
        findings.into_iter().map(|finding| finding.rule).collect()
    }

    #[test]
    fn the_compose_file_passes() {
        assert_eq!(rules(FILE), Vec::<String>::new());
    }

    #[test]
    fn a_process_that_compose_does_not_run_is_caught() {
        let without = FILE.replace("\n  payment:\n", "\n  payments:\n");
        assert_eq!(rules(&without).len(), 1);
    }

    #[test]
    fn a_missing_setting_is_caught() {
        let without = FILE.replace(
            "PAYMENT__WEBHOOKS__SECRETS_FILE",
            "PAYMENT__WEBHOOKS__SECRET_FILE",
        );
        assert_eq!(
            rules(&without),
            ["`payment` needs PAYMENT__WEBHOOKS__SECRETS"]
        );
        let without = FILE.replace("USER__SEED__DEMO_ACCOUNTS", "USER__SEED__ACCOUNTS");
        assert_eq!(rules(&without), ["`user` needs USER__SEED__DEMO_ACCOUNTS"]);
    }

    #[test]
    fn another_port_is_caught() {
        let odd = FILE.replace(
            "ORDER__UPSTREAMS__CATALOG__URL: http://catalog:50052",
            "ORDER__UPSTREAMS__CATALOG__URL: http://catalog:50051",
        );
        assert_eq!(
            rules(&odd),
            ["ORDER__UPSTREAMS__CATALOG__URL is http://catalog:50052 in deploy/topology"]
        );
        let odd = FILE.replace("-50055}:50055", "-50055}:50056");
        assert_eq!(rules(&odd), ["`sandbox` serves on port 50055"]);
    }
}

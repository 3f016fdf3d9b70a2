//! Each alert has a severity, texts, a runbook page, and a test in which it fires.

use std::collections::BTreeSet;

use super::{RUNBOOKS, Rule, TESTS, files, rules};

fn alerts() -> Vec<Rule> {
    let mut rules = rules();
    rules.retain(|rule| rule.kind == "alert");
    rules
}

/// `error-budget-burns-fast` for `ErrorBudgetBurnsFast`.
fn page(alert: &str) -> String {
    let mut page = String::new();
    for c in alert.chars() {
        if c.is_ascii_uppercase() && !page.is_empty() {
            page.push('-');
        }
        page.push(c.to_ascii_lowercase());
    }
    page
}

#[test]
fn alerts_and_runbooks_correspond() {
    let mut pages: BTreeSet<String> = files(RUNBOOKS, "md")
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert!(pages.remove("README"));
    // An operator decides on a restore; no alert asks for it.
    assert!(pages.remove("restore"));
    let of_alerts: BTreeSet<String> = alerts().iter().map(|alert| page(&alert.name)).collect();
    assert_eq!(of_alerts, pages);
}

#[test]
fn a_runbook_has_every_section() {
    let pages = files(RUNBOOKS, "md");
    let (_, index) = pages.iter().find(|(name, _)| name == "README").unwrap();
    for alert in alerts() {
        let name = page(&alert.name);
        let (_, text) = pages.iter().find(|(page, _)| *page == name).unwrap();
        assert!(text.starts_with(&format!("# {}\n", alert.name)), "{name}");
        for part in [
            "**Customers notice:** ",
            "\n## Look\n",
            "\n## Do\n",
            "\n## Over when\n",
        ] {
            assert!(text.contains(part), "{name} lacks {part:?}");
        }
        let severity = text.lines().nth(1).unwrap().to_lowercase();
        assert!(
            severity.starts_with(&format!("*{}.*", alert.severity)),
            "{name}: {severity}"
        );
        let row = format!("| [{}]({name}.md) | {} |", alert.name, alert.severity);
        assert!(index.contains(&row), "the index lacks {row}");
    }
}

#[test]
fn an_alert_has_a_severity_texts_and_a_runbook() {
    for alert in alerts() {
        let name = &alert.name;
        assert!(
            ["page", "ticket"].contains(&&*alert.severity),
            "{name}: {}",
            alert.severity
        );
        assert!(
            !alert.summary.is_empty() && !alert.description.is_empty(),
            "{name}"
        );
        assert_eq!(
            alert.runbook,
            format!("{RUNBOOKS}/{}.md", page(name)),
            "{name}"
        );
    }
}

/// Templates see only the labels of the series: a label that the rule adds would be empty in them.
#[test]
fn texts_of_an_alert_use_no_label_that_its_rule_adds() {
    for alert in alerts() {
        let added = alert
            .labels
            .split(['{', ',', '}'])
            .filter_map(|pair| pair.split_once(':'));
        for (label, _) in added {
            let template = format!("$labels.{} ", label.trim());
            for text in [&alert.summary, &alert.description] {
                assert!(!text.contains(&template), "{}: {text}", alert.name);
            }
        }
    }
}

/// Each file of rule tests also has a case in which nothing fires.
#[test]
fn each_alert_fires_in_a_rule_test() {
    let tests = files(TESTS, "yml");
    for (name, text) in &tests {
        assert!(
            text.contains("exp_samples: []"),
            "{name} has no case in which nothing fires"
        );
    }
    let fires = |alert: &Rule| {
        let quoted = format!("alertname=\"{}\",alertstate=\"firing\"", alert.name);
        tests.iter().any(|(_, text)| text.contains(&quoted))
    };
    let alerts = alerts();
    let never: Vec<&String> = alerts
        .iter()
        .filter(|alert| !fires(alert))
        .map(|alert| &alert.name)
        .collect();
    assert_eq!(never, Vec::<&String>::new());
}

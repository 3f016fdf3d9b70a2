use clap::Parser;

use super::*;

fn row(name: &str, count: u64, failed: u64) -> Row {
    Row {
        name: name.to_owned(),
        count,
        failed,
        p50_us: 1_249,
        p95_us: 20_050,
        p99_us: 99_951,
        max_us: 1_234_567,
    }
}

pub(crate) fn report(arguments: &[&str], failed: u64, orders: &[(&str, u64)]) -> Report {
    let orders = orders.iter();
    Report {
        seconds: 60,
        requests: vec![
            row("GET /api/v1/products/{product}", 900, 0),
            row("POST /api/v1/orders", 100, failed),
        ],
        transactions: vec![row("checkout: check out", 100, failed)],
        order_times: vec![row("CLIENT placed to confirmed", 90, 0)],
        orders: orders
            .map(|(name, count)| ((*name).to_owned(), *count))
            .collect(),
        errors: vec![(
            "POST /api/v1/orders: 503 service-unavailable".to_owned(),
            failed,
        )],
        others: Vec::new(),
        settings: Settings::try_parse_from([&["loadtests"], arguments].concat()).unwrap(),
    }
}

#[test]
fn a_run_passes_with_errors_up_to_the_bound() {
    let orders = [("placed", 95), ("confirmed", 90)];
    assert!(report(&[], 0, &orders).passed());
    assert!(report(&[], 10, &orders).passed());
    assert!(!report(&[], 11, &orders).passed());
    assert!(report(&["--max-error-percent", "2"], 11, &orders).passed());
    assert!(!report(&["--max-error-percent", "0"], 1, &orders).passed());
}

#[test]
fn an_unexpected_order_outcome_is_an_error() {
    let mut report = report(&["--max-error-percent", "0"], 0, &[("confirmed", 1)]);
    assert!(report.passed());
    report.order_times = vec![row("CLIENT placed to pending", 1, 1)];
    assert_eq!(report.failed(), 1);
    assert!(!report.passed());
}

#[test]
fn a_run_without_requests_or_confirmed_orders_fails() {
    assert!(!report(&[], 0, &[("placed", 5)]).passed());
    assert!(report(&["--buyers", "0"], 0, &[]).passed());
    let mut empty = report(&["--buyers", "0"], 0, &[]);
    empty.requests.clear();
    assert!(!empty.passed());
}

#[test]
fn the_report_prints_counts_rates_percentiles_and_errors() {
    let orders = [("placed", 95), ("confirmed", 90)];
    let text = report(&[], 20, &orders).to_string();
    let line = |start: &str| {
        let found = text
            .lines()
            .find(|line| line.trim_start().starts_with(start));
        found.unwrap_or_else(|| unreachable!("{start} is in {text}"))
    };
    let words = |start: &str| line(start).split_whitespace().collect::<Vec<_>>();
    assert_eq!(
        words("POST /api/v1/orders")[2..],
        ["100", "20", "1.6", "1.2", "20.1", "100.0", "1234.6"]
    );
    assert_eq!(
        line("1000 requests"),
        "1000 requests (16.6/s), 20 failed (2.00 %); 95 orders placed (1.5/s), 90 confirmed"
    );
    assert_eq!(text.lines().last(), Some("FAILED: more than 1 % failed"));
    assert!(
        words("POST /api/v1/orders: 503").ends_with(&["20"]),
        "{text}"
    );
}

#[test]
fn percentiles_are_computed_from_the_times() {
    let text =
        r#"{"minimum_time":1,"maximum_time":100,"total_time":0,"counter":100,"times":TIMES}"#;
    let times: String = (1..=100).map(|ms| format!("\"{ms}\":1,")).collect();
    let text = text.replace("TIMES", &format!("{{{}}}", times.trim_end_matches(',')));
    let times: GooseRequestMetricTimingData = serde_json::from_str(&text).unwrap();
    let row = Row::new("x".to_owned(), 98, 2, &times);
    assert_eq!((row.count, row.failed), (100, 2));
    // A bucket of the histogram is less than 1 % wide.
    for (found, ms) in [(row.p50_us, 50), (row.p95_us, 95), (row.p99_us, 99)] {
        assert!(
            found.abs_diff(ms * 1_000) <= ms * 10,
            "{found} is not {ms} ms"
        );
    }
    assert_eq!(row.max_us, 100_000);
}

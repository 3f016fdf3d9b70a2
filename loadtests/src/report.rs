//! The report of a run, and whether the run passed.

use std::fmt;

use goose::metrics::{GooseMetrics, GooseRequestMetricTimingData};
use goose::prelude::GooseMethod;

use crate::counters::{Counters, Counts};
use crate::settings::Settings;

/// Transactions that send no request; the report omits them.
pub(crate) const START: &str = "start";
pub(crate) const WAIT_FOR_PERMIT: &str = "wait for permit";

/// The report of a run.
#[derive(Debug, Clone)]
pub struct Report {
    /// Duration of the run in seconds.
    pub seconds: u64,
    /// Requests by method and route.
    pub requests: Vec<Row>,
    /// Goose's transactions: the steps of the scenarios.
    pub transactions: Vec<Row>,
    /// Time from placing an order to its outcome: as the client measured it, and by the timeline.
    pub order_times: Vec<Row>,
    /// Orders by outcome.
    pub orders: Vec<(String, u64)>,
    /// Failed requests by route, status and problem.
    pub errors: Vec<(String, u64)>,
    /// Other counters.
    pub others: Vec<(String, u64)>,
    settings: Settings,
}

/// One row of a table. Times are in microseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// Number, failed ones included.
    pub count: u64,
    /// Number of failed ones.
    pub failed: u64,
    /// 50th percentile.
    pub p50_us: u64,
    /// 95th percentile.
    pub p95_us: u64,
    /// 99th percentile.
    pub p99_us: u64,
    /// Maximum.
    pub max_us: u64,
}

impl Row {
    fn new(name: String, ok: usize, failed: usize, times: &GooseRequestMetricTimingData) -> Self {
        Self {
            name,
            count: count(ok + failed),
            failed: count(failed),
            p50_us: times.percentile_us(0.5),
            p95_us: times.percentile_us(0.95),
            p99_us: times.percentile_us(0.99),
            max_us: times.maximum_time_us,
        }
    }
}

impl Report {
    pub(crate) fn of(metrics: &GooseMetrics, counters: &Counters, settings: &Settings) -> Self {
        let (mut requests, mut order_times) = (Vec::new(), Vec::new());
        for request in metrics.requests.values() {
            let is_order = request.method == GooseMethod::Custom;
            let (method, rows) = match is_order {
                true => (request.custom_method.clone(), &mut order_times),
                false => (request.method.to_string(), &mut requests),
            };
            let name = format!("{method} {}", request.path);
            let (ok, failed) = (request.success_count, request.fail_count);
            rows.push(Row::new(name, ok, failed, &request.raw_data));
        }
        let transactions = metrics.transactions.iter().flatten();
        let transactions = transactions
            .filter(|one| one.success_count + one.fail_count > 0)
            .map(|one| {
                let name = format!(
                    "{}: {}",
                    one.scenario_name,
                    one.transaction_name.name_for_transaction()
                );
                Row::new(name, one.success_count, one.fail_count, &one.run_times)
            });
        let transactions: Vec<Row> = transactions
            .filter(|row| !row.name.ends_with(WAIT_FOR_PERMIT) && !row.name.ends_with(START))
            .collect();
        for rows in [&mut requests, &mut order_times] {
            rows.sort_by(|one, other| one.name.cmp(&other.name));
        }
        Self {
            seconds: count(metrics.duration),
            requests,
            transactions,
            order_times,
            orders: most_first(counters.orders()),
            errors: most_first(counters.errors()),
            others: most_first(counters.others()),
            settings: settings.clone(),
        }
    }

    /// Number of requests, failed ones included.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.requests.iter().map(|row| row.count).sum()
    }

    /// Number of failed requests and of orders with an unexpected outcome.
    #[must_use]
    pub fn failed(&self) -> u64 {
        let rows = self.requests.iter().chain(&self.order_times);
        rows.map(|row| row.failed).sum()
    }

    /// Number of orders with this outcome.
    #[must_use]
    pub fn orders(&self, outcome: &str) -> u64 {
        let found = self.orders.iter().find(|(name, _)| name == outcome);
        found.map_or(0, |(_, count)| *count)
    }

    /// Whether the error rate is within its bound, and buyers, if any, had orders confirmed.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failure().is_none()
    }

    /// Why the run failed.
    fn failure(&self) -> Option<String> {
        let (sent, failed) = (self.sent(), self.failed());
        if sent == 0 {
            return Some("no request was sent".to_owned());
        }
        let bound = self.settings.max_error_percent;
        if percent(failed, sent) > bound {
            return Some(format!("more than {bound} % failed"));
        }
        let none_confirmed = self.settings.buyers > 0 && self.orders("confirmed") == 0;
        none_confirmed.then(|| "no order was confirmed".to_owned())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Settings {
            target,
            browsers,
            buyers,
            think_ms,
            orders_per_second,
            ..
        } = &self.settings;
        writeln!(
            f,
            "{target}: {browsers} browsers and {buyers} buyers for {} s; closed model: each user \
             sends one request at a time, with {think_ms} ms between transactions on average; at \
             most {orders_per_second} orders/s",
            self.seconds
        )?;
        table(f, "requests", &self.requests, self.seconds)?;
        table(f, "transactions", &self.transactions, self.seconds)?;
        table(f, "orders", &self.order_times, self.seconds)?;
        counts(f, "orders by outcome", &self.orders)?;
        counts(f, "errors", &self.errors)?;
        counts(f, "other", &self.others)?;
        let (sent, failed) = (self.sent(), self.failed());
        writeln!(
            f,
            "\n{sent} requests ({}/s), {failed} failed ({:.2} %); {} orders placed ({}/s), {} \
             confirmed",
            rate(sent, self.seconds),
            percent(failed, sent),
            self.orders("placed"),
            rate(self.orders("placed"), self.seconds),
            self.orders("confirmed"),
        )?;
        match self.failure() {
            None => writeln!(f, "PASSED"),
            Some(reason) => writeln!(f, "FAILED: {reason}"),
        }
    }
}

fn table(f: &mut fmt::Formatter<'_>, title: &str, rows: &[Row], seconds: u64) -> fmt::Result {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(
        f,
        "\n{title:<46}{:>8}{:>8}{:>8}{:>10}{:>10}{:>10}{:>10}",
        "count", "failed", "/s", "p50 ms", "p95 ms", "p99 ms", "max ms"
    )?;
    for row in rows {
        writeln!(
            f,
            "  {:<44}{:>8}{:>8}{:>8}{:>10}{:>10}{:>10}{:>10}",
            row.name,
            row.count,
            row.failed,
            rate(row.count, seconds),
            ms(row.p50_us),
            ms(row.p95_us),
            ms(row.p99_us),
            ms(row.max_us),
        )?;
    }
    Ok(())
}

fn counts(f: &mut fmt::Formatter<'_>, title: &str, counts: &[(String, u64)]) -> fmt::Result {
    if counts.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n{title}")?;
    for (name, count) in counts {
        writeln!(f, "  {name:<52}{count:>10}")?;
    }
    Ok(())
}

fn most_first(counts: Counts) -> Vec<(String, u64)> {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|(_, one), (_, other)| other.cmp(one));
    counts
}

/// Events per second with one decimal.
pub(crate) fn rate(count: u64, seconds: u64) -> String {
    let tenths = count * 10 / seconds.max(1);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Milliseconds with one decimal.
pub(crate) fn ms(us: u64) -> String {
    let tenths = us.saturating_add(50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn percent(part: u64, of: u64) -> f64 {
    // Exact up to `u32::MAX`, which is enough for a percentage.
    let float = |number: u64| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    match of {
        0 => 0.0,
        _ => 100.0 * float(part) / float(of),
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
pub(crate) mod tests;

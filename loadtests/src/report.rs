//! What a run came to.

use std::fmt;

use goose::metrics::{GooseMetrics, GooseRequestMetricTimingData};
use goose::prelude::GooseMethod;

use crate::settings::Settings;
use crate::tally::{Counts, Tally};

/// Waiting for a turn is no work of the shop: not in the report.
pub(crate) const QUEUE: &str = "wait for a turn";

/// What a run came to.
#[derive(Debug, Clone)]
pub struct Report {
    /// How long it was run, in seconds.
    pub seconds: u64,
    /// Each kind of request.
    pub requests: Vec<Row>,
    /// Each kind of step that people made of them.
    pub steps: Vec<Row>,
    /// Orders on their way: as customers saw it, and as the shop wrote it down.
    pub orders_took: Vec<Row>,
    /// What became of orders.
    pub orders: Vec<(String, u64)>,
    /// What failed, and why: by status and by the name of the problem.
    pub errors: Vec<(String, u64)>,
    /// What else was counted.
    pub notes: Vec<(String, u64)>,
    settings: Settings,
}

/// One kind of request, step or order. Times are in microseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What.
    pub name: String,
    /// How many, failed ones included.
    pub count: u64,
    /// How many failed.
    pub failed: u64,
    /// Half were not slower.
    pub p50_us: u64,
    /// 95 of 100 were not slower.
    pub p95_us: u64,
    /// 99 of 100 were not slower.
    pub p99_us: u64,
    /// The slowest.
    pub max_us: u64,
}

impl Row {
    fn new(name: String, good: usize, failed: usize, times: &GooseRequestMetricTimingData) -> Self {
        Self {
            name,
            count: count(good + failed),
            failed: count(failed),
            p50_us: times.percentile_us(0.5),
            p95_us: times.percentile_us(0.95),
            p99_us: times.percentile_us(0.99),
            max_us: times.maximum_time_us,
        }
    }
}

impl Report {
    pub(crate) fn of(metrics: &GooseMetrics, tally: &Tally, settings: &Settings) -> Self {
        let (mut requests, mut orders_took) = (Vec::new(), Vec::new());
        for request in metrics.requests.values() {
            let is_order = request.method == GooseMethod::Custom;
            let (method, rows) = match is_order {
                true => (request.custom_method.clone(), &mut orders_took),
                false => (request.method.to_string(), &mut requests),
            };
            let name = format!("{method} {}", request.path);
            let (good, failed) = (request.success_count, request.fail_count);
            rows.push(Row::new(name, good, failed, &request.raw_data));
        }
        let steps = metrics.transactions.iter().flatten();
        let steps = steps
            .filter(|step| step.success_count + step.fail_count > 0)
            .map(|step| {
                let name = format!(
                    "{}: {}",
                    step.scenario_name,
                    step.transaction_name.name_for_transaction()
                );
                Row::new(name, step.success_count, step.fail_count, &step.run_times)
            });
        let steps: Vec<Row> = steps
            .filter(|row| !row.name.ends_with(QUEUE) && !row.name.ends_with("come in"))
            .collect();
        for rows in [&mut requests, &mut orders_took] {
            rows.sort_by(|one, other| one.name.cmp(&other.name));
        }
        Self {
            seconds: count(metrics.duration),
            requests,
            steps,
            orders_took,
            orders: most_first(tally.orders()),
            errors: most_first(tally.errors()),
            notes: most_first(tally.notes()),
            settings: settings.clone(),
        }
    }

    /// Requests, failed ones included.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.requests.iter().map(|row| row.count).sum()
    }

    /// Requests that failed, and orders that did not go as they should.
    #[must_use]
    pub fn failed(&self) -> u64 {
        let rows = self.requests.iter().chain(&self.orders_took);
        rows.map(|row| row.failed).sum()
    }

    /// How many orders came to this.
    #[must_use]
    pub fn orders(&self, what: &str) -> u64 {
        let found = self.orders.iter().find(|(name, _)| name == what);
        found.map_or(0, |(_, count)| *count)
    }

    /// Whether no more failed than may, and people who came to buy could.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.why_not().is_none()
    }

    fn why_not(&self) -> Option<String> {
        let (sent, failed) = (self.sent(), self.failed());
        if sent == 0 {
            return Some("nothing was asked for".to_owned());
        }
        let bound = self.settings.max_error_percent;
        if percent(failed, sent) > bound {
            return Some(format!("more than {bound} % failed"));
        }
        let nobody_bought = self.settings.buyers > 0 && self.orders("confirmed") == 0;
        nobody_bought.then(|| "no order was confirmed".to_owned())
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
            "{target}: {browsers} browsers and {buyers} buyers for {} s, a closed model: each one \
             request after the other, about {think_ms} ms between steps, at most \
             {orders_per_second} orders a second",
            self.seconds
        )?;
        table(f, "requests", &self.requests, self.seconds)?;
        table(f, "steps", &self.steps, self.seconds)?;
        table(f, "orders", &self.orders_took, self.seconds)?;
        counts(f, "what became of orders", &self.orders)?;
        counts(f, "errors", &self.errors)?;
        counts(f, "also", &self.notes)?;
        let (sent, failed) = (self.sent(), self.failed());
        writeln!(
            f,
            "\n{sent} requests ({} a second), {failed} failed ({:.2} %); {} orders placed ({} a \
             second), {} confirmed",
            rate(sent, self.seconds),
            percent(failed, sent),
            self.orders("placed"),
            rate(self.orders("placed"), self.seconds),
            self.orders("confirmed"),
        )?;
        match self.why_not() {
            None => writeln!(f, "good"),
            Some(why) => writeln!(f, "NOT GOOD: {why}"),
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
        "count", "failed", "a s", "p50 ms", "p95 ms", "p99 ms", "max ms"
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
    for (what, count) in counts {
        writeln!(f, "  {what:<52}{count:>10}")?;
    }
    Ok(())
}

fn most_first(counts: Counts) -> Vec<(String, u64)> {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by(|(_, one), (_, other)| other.cmp(one));
    counts
}

/// With one decimal.
fn rate(count: u64, seconds: u64) -> String {
    let tenths = count * 10 / seconds.max(1);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// With one decimal.
fn ms(us: u64) -> String {
    let tenths = us.saturating_add(50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn percent(part: u64, of: u64) -> f64 {
    // Exact below four billion, and a bound is not that exact.
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
mod tests;

use std::fmt;

use super::Kind;
use crate::counters::Counts;
use crate::report::{Report, Row, ms, rate};

const PLACE: &str = "POST /api/v1/orders";
const CONFIRMED: &str = "CLIENT placed to confirmed";
const MIB: u64 = 1024 * 1024;

/// The report of a run alone and of a run under each flood: a table in Markdown.
#[derive(Debug)]
pub struct FloodReport {
    /// The runs; the first one is without a flood.
    pub phases: Vec<Phase>,
}

/// One run of the buyers.
#[derive(Debug)]
pub struct Phase {
    /// The flood, if there was one.
    pub flood: Option<Kind>,
    /// The buyers' report.
    pub report: Report,
    /// The flood's answers by status.
    pub answers: Counts,
    /// Duration of the flood.
    pub flood_seconds: u64,
    /// Resident memory of the gateway before the run, in bytes.
    pub memory_before: Option<u64>,
    /// And at most during the run.
    pub memory_peak: Option<u64>,
}

impl FloodReport {
    /// Whether the buyers' orders had the expected outcomes in every run.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.phases.iter().all(|phase| phase.report.passed())
    }
}

impl fmt::Display for FloodReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| buyers | orders confirmed | requests failed | place an order, p50 / p99 ms | placed to confirmed, \
             p50 / p99 ms | flood, requests/s | its answers | gateway, MiB before / peak |\n\
             |---|---|---|---|---|---|---|---|"
        )?;
        for phase in &self.phases {
            phase.row(f)?;
        }
        Ok(())
    }
}

impl Phase {
    fn row(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sent: u64 = self.answers.values().sum();
        let (flood, answers) = match self.flood {
            None => ("–".to_owned(), "–".to_owned()),
            Some(_) => (rate(sent, self.flood_seconds), self.shares(sent)),
        };
        writeln!(
            f,
            "| {} | {} | {} of {} | {} | {} | {flood} | {answers} | {} / {} |",
            self.flood.map_or("alone", Kind::name),
            self.report.orders("confirmed"),
            self.report.failed(),
            self.report.sent(),
            times(&self.report.requests, PLACE),
            times(&self.report.order_times, CONFIRMED),
            mib(self.memory_before),
            mib(self.memory_peak),
        )
    }

    /// `429: 96 %, 401: 4 %`
    fn shares(&self, sent: u64) -> String {
        let mut answers: Vec<_> = self.answers.iter().collect();
        answers.sort_by(|(_, one), (_, other)| other.cmp(one));
        let share = |count: u64| count * 100 / sent.max(1);
        let shares = answers
            .into_iter()
            .map(|(status, count)| format!("{status}: {} %", share(*count)));
        shares.collect::<Vec<_>>().join(", ")
    }
}

fn times(rows: &[Row], name: &str) -> String {
    let row = rows.iter().find(|row| row.name == name);
    row.map_or_else(
        || "–".to_owned(),
        |row| format!("{} / {}", ms(row.p50_us), ms(row.p99_us)),
    )
}

fn mib(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "–".to_owned(), |bytes| (bytes / MIB).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::report;

    #[test]
    fn each_run_has_a_row() {
        let orders = [("placed", 95), ("confirmed", 90)];
        let phase = |flood: Option<Kind>, answers: &[(&str, u64)]| Phase {
            flood,
            report: report(&[], 0, &orders),
            answers: answers
                .iter()
                .map(|(name, count)| ((*name).to_owned(), *count))
                .collect(),
            flood_seconds: 10,
            memory_before: Some(50 * MIB),
            memory_peak: flood.map(|_| 64 * MIB),
        };
        let answers = [("401", 40), ("429", 960)];
        let phases = vec![phase(None, &[]), phase(Some(Kind::SignIn), &answers)];
        let text = FloodReport { phases }.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[2],
            "| alone | 90 | 0 of 1000 | 1.2 / 100.0 | 1.2 / 100.0 | – | – | 50 / – |"
        );
        assert_eq!(
            lines[3],
            "| sign-in flood | 90 | 0 of 1000 | 1.2 / 100.0 | 1.2 / 100.0 | 100.0 | 429: 96 %, 401: 4 % | 50 / 64 |"
        );
    }
}

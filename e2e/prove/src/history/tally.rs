use std::collections::BTreeMap;

/// Counts of requests and answers.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Requests that were sent.
    pub requests: u64,
    /// Requests by answer: `2xx`, `4xx`, `429`, `5xx`, `no answer`.
    pub answers: BTreeMap<&'static str, u64>,
    /// Orders that were accepted.
    pub accepted: u64,
    /// Checkouts that were refused for good.
    pub refused: u64,
    /// How many orders reached each status after `pending`, as reported to clients.
    pub statuses: BTreeMap<String, u64>,
    /// Refunds that were reported as succeeded.
    pub refunded: u64,
}

/// What the progress display shows of the history.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Counts of requests and answers.
    pub tally: Tally,
    /// How many samples were taken.
    pub samples: u64,
    /// Violations in samples, and anomalies in answers.
    pub violations: usize,
}

impl Tally {
    pub(super) fn count_answer(&mut self, status: Option<u16>) {
        let kind = match status {
            None => "no answer",
            Some(200..=299) => "2xx",
            Some(429) => "429",
            Some(500..) => "5xx",
            Some(_) => "4xx",
        };
        self.requests += 1;
        *self.answers.entry(kind).or_default() += 1;
    }

    pub(super) fn count_status(&mut self, status: &str) {
        *self.statuses.entry(status.to_owned()).or_default() += 1;
    }

    /// How many orders reached this status, as reported to clients.
    pub fn reached(&self, status: &str) -> u64 {
        self.statuses.get(status).copied().unwrap_or_default()
    }
}

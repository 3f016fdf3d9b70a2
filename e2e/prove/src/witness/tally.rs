use std::collections::BTreeMap;

/// Counts while the shop is open.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Requests that were sent.
    pub requests: u64,
    /// Of those, by what came: `2xx`, `4xx`, `429`, `5xx`, `no answer`.
    pub answers: BTreeMap<&'static str, u64>,
    /// Orders that customers were told of.
    pub accepted: u64,
    /// Checkouts that were refused for good.
    pub refused: u64,
    /// Orders by the statuses that customers were told of after `pending`.
    pub told: BTreeMap<String, u64>,
    /// Refunds that customers were told had succeeded.
    pub refunded: u64,
}

impl Tally {
    pub(super) fn answered(&mut self, status: Option<u16>) {
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

    pub(super) fn reached(&mut self, status: &str) {
        *self.told.entry(status.to_owned()).or_default() += 1;
    }

    /// How many orders customers were told had this status.
    pub fn told(&self, status: &str) -> u64 {
        self.told.get(status).copied().unwrap_or_default()
    }
}

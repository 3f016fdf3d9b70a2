use std::time::Duration;

use tokio::time::Instant;

use super::{Breaker, Change, Ticket};
use crate::metrics::UPSTREAM_CIRCUIT_OPEN;

/// A ticket that is also returned if its call is dropped.
pub(crate) struct Admission<'a> {
    upstream: &'static str,
    breaker: &'a Breaker,
    ticket: Ticket,
    recorded: bool,
}

impl Breaker {
    /// [`Breaker::admit`] for a call that begins now.
    pub(crate) fn admission(&self, upstream: &'static str) -> Result<Admission<'_>, Duration> {
        Ok(Admission {
            upstream,
            breaker: self,
            ticket: self.admit(Instant::now())?,
            recorded: false,
        })
    }
}

impl Admission<'_> {
    /// Records how the call ended.
    pub(crate) fn record(mut self, failed: bool) {
        self.recorded = true;
        let upstream = self.upstream;
        let change = self.breaker.record(self.ticket, failed, Instant::now());
        match change {
            Change::None => return,
            Change::Opened => {
                tracing::warn!(
                    upstream,
                    "the circuit breaker opened after too many failures"
                )
            }
            Change::Closed => tracing::info!(upstream, "the circuit breaker closed"),
        }
        UPSTREAM_CIRCUIT_OPEN
            .of(upstream)
            .set(change == Change::Opened);
    }
}

impl Drop for Admission<'_> {
    fn drop(&mut self) {
        if !self.recorded {
            self.breaker.abandon(self.ticket, Instant::now());
        }
    }
}

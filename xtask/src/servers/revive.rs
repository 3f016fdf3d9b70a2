//! Servers that end while the shop runs are started again, as a service manager would do.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::{Servers, Source, Wanted, postgres, rabbitmq, redis};
use crate::process::stop_all;

/// At least so long between two revivals: a server that ends at once must not be started in a circle.
const PAUSE: Duration = Duration::from_secs(2);

impl Servers {
    /// Starts again what has ended, on the same ports with the same data. Returns what it
    /// was.
    pub(crate) fn revive(&mut self) -> Result<Option<String>> {
        let Some(binaries) = self.binaries.clone() else {
            return Ok(None);
        };
        if self.revived.elapsed() < PAUSE {
            return Ok(None);
        }
        let processes = &mut self.running.processes;
        let Some(position) = processes
            .iter_mut()
            .position(|process| process.exited().is_some())
        else {
            return Ok(None);
        };
        let ended = processes.remove(position).identity.name;
        let wanted = Wanted {
            home: &self.home,
            source: Source::System,
            data: self.data,
        };
        if ended == "epmd" {
            // The broker needs it to start, not to run.
            return Ok(None);
        }
        self.revived = Instant::now();
        match ended.as_str() {
            "postgres" => {
                processes.push(postgres::start(&binaries.postgres, wanted, &self.access)?)
            }
            "redis" => processes.push(redis::start(&binaries.redis, wanted, &self.access)?),
            _ => {
                let mapper = processes
                    .iter()
                    .position(|process| process.identity.name == "epmd");
                stop_all(
                    mapper
                        .map(|position| processes.remove(position))
                        .into_iter()
                        .collect(),
                    Duration::ZERO,
                );
                processes.extend(rabbitmq::start(&binaries.rabbitmq, wanted, &self.access)?);
            }
        }
        Ok(Some(ended))
    }
}

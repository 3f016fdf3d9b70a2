//! Restarts servers that end while the shop runs.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::{Origin, Requirements, Servers, postgres, rabbitmq, redis};
use crate::process::stop_all;

/// Shortest time between two restarts, for a server that keeps ending.
const PAUSE: Duration = Duration::from_secs(2);

impl Servers {
    /// Restarts a server that has ended, with the same ports and data. Returns its name.
    pub(crate) fn restart(&mut self) -> Result<Option<String>> {
        let Some(binaries) = self.binaries.clone() else {
            return Ok(None);
        };
        if self.restarted.elapsed() < PAUSE {
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
        let requirements = Requirements {
            home: &self.home,
            origin: Origin::System,
            data: self.data,
        };
        if ended == "epmd" {
            // The broker needs it to start, not to run.
            return Ok(None);
        }
        self.restarted = Instant::now();
        match ended.as_str() {
            "postgres" => processes.push(postgres::start(
                &binaries.postgres,
                requirements,
                &self.access,
            )?),
            "redis" => processes.push(redis::start(&binaries.redis, requirements, &self.access)?),
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
                processes.extend(rabbitmq::start(
                    &binaries.rabbitmq,
                    requirements,
                    &self.access,
                )?);
            }
        }
        Ok(Some(ended))
    }
}

//! Answers the requests of `prove --restore`: files in a folder of the run, see `e2e/prove/src/restore/requests.rs`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::project::write_private;
use crate::servers::Servers;

const REQUESTS: [&str; 3] = ["backup", "hold", "restore"];

/// The state of a run with `--restore`.
pub(super) struct Recovery {
    folder: PathBuf,
    /// The database that is older than the others after the restore.
    alone: Option<String>,
    /// Servers that end are not restarted.
    holds: bool,
}

/// The contents of a request.
#[derive(Deserialize)]
struct Request {
    #[serde(default)]
    moment: String,
}

impl Recovery {
    pub(super) fn new(servers: &Servers, alone: Option<String>) -> Self {
        Self {
            folder: servers.backups().folder().to_owned(),
            alone,
            holds: false,
        }
    }

    pub(super) fn holds(&self) -> bool {
        self.holds
    }

    /// Carries out the requests that wait, and writes the answers. Returns whether a server was started.
    pub(super) fn answer(&mut self, servers: &mut Servers) -> Result<bool> {
        let mut started = false;
        for name in REQUESTS {
            let file = self.folder.join(format!("{name}.request"));
            let Ok(text) = fs::read_to_string(&file) else {
                continue;
            };
            fs::remove_file(&file)?;
            let done = serde_json::from_str(&text)
                .context("the request is invalid")
                .and_then(|request| self.carry_out(name, &request, servers));
            started |= name == "restore";
            let error = done
                .err()
                .map_or(Value::Null, |error| format!("{error:#}").into());
            let answer = self.folder.join(format!("{name}.answer"));
            write_private(&answer, &json!({"error": error}).to_string())?;
        }
        Ok(started)
    }

    fn carry_out(&mut self, name: &str, request: &Request, servers: &mut Servers) -> Result<()> {
        match name {
            "backup" => servers.back_up(self.alone.as_deref()),
            "hold" => {
                self.holds = true;
                Ok(())
            }
            _ => {
                let restored = servers.restore(&request.moment, self.alone.as_deref());
                self.holds = false;
                restored
            }
        }
    }
}

//! Requests to xtask, which starts the servers: files in a folder of the run. `xtask/src/prove/recovery.rs` answers.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::Plan;

const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// How long xtask may take for a base backup or for a restore.
const TIMEOUT: Duration = Duration::from_secs(150);

/// The folder of the requests, and of the archived WAL.
#[derive(Debug)]
pub(super) struct Requests(PathBuf);

impl Requests {
    pub(super) fn of(plan: &Plan) -> Result<Self> {
        let folder = plan.recovery.clone();
        folder
            .map(Self)
            .context("the plan has no folder `recovery`; run `cargo xtask prove --restore`")
    }

    /// Takes a base backup of the running server.
    pub(super) async fn back_up(&self) -> Result<()> {
        self.send("backup", &json!({})).await
    }

    /// From now on, xtask does not restart a server that ended.
    pub(super) async fn hold(&self) -> Result<()> {
        self.send("hold", &json!({})).await
    }

    /// Replaces the data folder by the base backup, replays the archived WAL until `moment`, and restarts servers again.
    pub(super) async fn restore(&self, moment: &str) -> Result<()> {
        self.send("restore", &json!({"moment": moment})).await
    }

    async fn send(&self, name: &str, body: &Value) -> Result<()> {
        let (request, answer) = (
            self.0.join(format!("{name}.request")),
            self.0.join(format!("{name}.answer")),
        );
        let draft = self.0.join(format!("{name}.draft"));
        fs::write(&draft, body.to_string())?;
        fs::rename(&draft, &request)?;
        let answered = async {
            while !answer.exists() {
                sleep(POLL_INTERVAL).await;
            }
        };
        timeout(TIMEOUT, answered).await.with_context(|| {
            let seconds = TIMEOUT.as_secs();
            format!("xtask does not answer the request {name} within {seconds} s")
        })?;
        let answer: Value = serde_json::from_str(&fs::read_to_string(&answer)?)?;
        match answer.get("error").and_then(Value::as_str) {
            Some(error) => bail!("{error}"),
            None => Ok(()),
        }
    }

    /// The age of the newest archived WAL segment at this time.
    pub(super) fn archived_age(&self, at: SystemTime) -> Result<Duration> {
        let mut newest = None;
        for entry in fs::read_dir(self.0.join("archive"))? {
            let entry = entry?;
            let name = entry.file_name();
            // A complete segment; a copy in progress and a backup's label have longer names.
            if name.len() == 24 {
                newest = newest.max(Some(entry.metadata()?.modified()?));
            }
        }
        let newest = newest.context("no WAL was archived")?;
        Ok(at.duration_since(newest).unwrap_or_default())
    }
}

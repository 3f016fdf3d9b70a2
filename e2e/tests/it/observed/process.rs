use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use rustix::process::{Pid, Signal, kill_process};
use testkit::eventually;
use tokio::time::{Instant, sleep};

use super::log::Line;

const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A child process and its log. Dropping it kills the process.
pub(super) struct Process {
    /// `order`
    pub(super) service: &'static str,
    /// `order-2`
    pub(super) name: &'static str,
    /// Base URL of its admin port.
    pub(super) admin: String,
    child: Child,
    output: Arc<Mutex<Vec<String>>>,
    readers: Vec<JoinHandle<()>>,
}

impl Process {
    pub(super) fn start(
        service: &'static str,
        name: &'static str,
        environment: &BTreeMap<String, String>,
    ) -> Self {
        let mut child = Command::new(binary(service))
            .arg("serve")
            .env_clear()
            .envs(environment)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = Arc::new(Mutex::new(Vec::new()));
        let readers = vec![
            collect(child.stdout.take().unwrap(), &output),
            collect(child.stderr.take().unwrap(), &output),
        ];
        Self {
            service,
            name,
            admin: String::new(),
            child,
            output,
            readers,
        }
    }

    /// Waits for the log line `started` and returns its addresses: for RPCs or HTTP, and of the admin port.
    pub(super) async fn addresses(&mut self, deadline: Instant) -> (String, String) {
        loop {
            let lines = self.lines();
            let started = lines.iter().find(|line| line.text("message") == "started");
            if let Some(line) = started {
                return (
                    line.text("listen").to_owned(),
                    line.text("admin").to_owned(),
                );
            }
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none() && Instant::now() < deadline,
                "{} did not start ({ended:?}): {:#?}",
                self.name,
                self.output.lock().unwrap()
            );
            sleep(POLL_INTERVAL).await;
        }
    }

    pub(super) fn lines(&self) -> Vec<Line> {
        let output = self.output.lock().unwrap();
        let lines = output.iter();
        lines.map(|line| Line::of(self.name, line)).collect()
    }

    pub(super) fn begin_stop(&self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        // The process was not reaped yet, so the pid cannot belong to another one.
        let _has_exited = kill_process(pid.unwrap(), Signal::TERM);
    }

    /// Waits until the process has exited and its log is complete.
    pub(super) async fn wait_for_end(&mut self) {
        let child = &mut self.child;
        let status = eventually(&format!("{} stops", self.name), async || {
            child.try_wait().unwrap()
        })
        .await;
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        assert!(
            status.success(),
            "{} ended with {status}: {:#?}",
            self.name,
            self.output.lock().unwrap().iter().rev().take(5)
        );
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _has_exited = self.child.kill();
        let _reaped = self.child.wait();
    }
}

fn collect(stream: impl Read + Send + 'static, output: &Arc<Mutex<Vec<String>>>) -> JoinHandle<()> {
    let output = Arc::clone(output);
    thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            output.lock().unwrap().push(line.unwrap());
        }
    })
}

/// A binary of the same build as this test.
fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap();
    let binary = folder.join(name);
    let built = changed(&binary);
    let is_new = sources(&folder.join(format!("{name}.d")))
        .iter()
        .all(|source| changed(source) <= built);
    assert!(
        built.is_some() && is_new,
        "{} is missing or older than its source: run `cargo build --workspace --bins`, or test the workspace",
        binary.display()
    );
    binary
}

/// The sources of a binary from cargo's dep-info file: `binary: source source ..`.
fn sources(list: &Path) -> Vec<PathBuf> {
    let text = fs::read_to_string(list).unwrap_or_default();
    let (_, sources) = text.split_once(": ").unwrap_or_default();
    sources.split_whitespace().map(PathBuf::from).collect()
}

fn changed(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).ok()?.modified().ok()
}

//! The progress display: a block that redraws itself on a terminal, or one line every ten seconds in
//! a log. While it is shown, it also samples the invariants that hold at any moment.

use std::{
    collections::BTreeMap,
    io::{IsTerminal, Write, stderr},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep, timeout};

use crate::{
    Addresses, FaultRecord,
    history::{Recorder, Summary},
    invariants::{Databases, sample},
};

mod screen;

pub(crate) use screen::paint;

/// Time between two pictures on a terminal.
const REDRAW_INTERVAL: Duration = Duration::from_millis(500);
/// Time between two lines in a log.
const LINE_INTERVAL: Duration = Duration::from_secs(10);
/// Time between two samples of the databases.
const SAMPLE_INTERVAL: Duration = Duration::from_secs(2);
/// A sample that takes longer is skipped: the database may be down by a fault.
const SAMPLE_TIMEOUT: Duration = Duration::from_secs(3);

/// State of the run that is displayed; any task may update it.
#[derive(Debug, Default)]
pub struct Progress {
    state: Mutex<State>,
    sources: OnceLock<Sources>,
}

#[derive(Debug)]
struct Sources {
    recorder: Recorder,
    databases: Databases,
}

#[derive(Debug, Clone, Default)]
struct State {
    phase: String,
    /// When the first phase began.
    began: Option<Instant>,
    until: Option<Instant>,
    /// Faults in progress, by number.
    active_faults: BTreeMap<usize, String>,
    /// Faults so far, by kind.
    faults: BTreeMap<String, u64>,
    /// Orders by status.
    orders: BTreeMap<String, i64>,
    /// How many lines of the block are on the screen.
    drawn: usize,
}

impl Progress {
    /// A phase of the run begins: "starting the cluster". Text after a colon is a detail, which does
    /// not begin another phase.
    pub fn phase(&self, name: &str) {
        self.enter(name, None);
    }

    /// As [`Progress::phase`], for a phase of known length.
    pub fn phase_for(&self, name: &str, length: Duration) {
        self.enter(name, Some(Instant::now() + length));
    }

    fn enter(&self, name: &str, until: Option<Instant>) {
        let mut state = self.state();
        let is_new = state.phase.split(':').next() != name.split(':').next();
        name.clone_into(&mut state.phase);
        state.until = until;
        state.began.get_or_insert_with(Instant::now);
        drop(state);
        if is_new && !on_terminal() {
            self.note(&format!("{name} .."));
        }
    }

    /// Prints a line that is not redrawn.
    pub fn note(&self, text: &str) {
        let mut state = self.state();
        state.erase();
        put(&format!("{text}\n"));
    }

    /// A fault was injected.
    pub fn fault_began(&self, fault: &FaultRecord) {
        let mut state = self.state();
        *state.faults.entry(fault.kind.to_string()).or_default() += 1;
        let description = format!("{} {}", fault.kind, fault.target);
        state.active_faults.insert(fault.number, description);
    }

    /// A fault was undone.
    pub fn fault_ended(&self, fault: &FaultRecord) {
        self.state().active_faults.remove(&fault.number);
    }

    /// From now on, display what `recorder` has, and sample the databases.
    pub(crate) fn follow(&self, recorder: &Recorder, addresses: &Addresses) {
        if let Ok(databases) = Databases::of(addresses) {
            let recorder = recorder.clone();
            self.sources.get_or_init(|| Sources {
                recorder,
                databases,
            });
        }
    }

    /// Draws and samples until it is dropped.
    pub async fn show(&self) {
        tokio::join!(self.draw(), self.take_samples());
    }

    async fn draw(&self) {
        let summary = || Some(self.sources.get()?.recorder.summary());
        loop {
            if on_terminal() {
                self.redraw(summary().as_ref());
                sleep(REDRAW_INTERVAL).await;
            } else {
                sleep(LINE_INTERVAL).await;
                let line = screen::line(&self.state().clone(), summary().as_ref());
                put(&format!("{line}\n"));
            }
        }
    }

    fn redraw(&self, summary: Option<&Summary>) {
        let mut state = self.state();
        let lines = screen::block(&state, summary);
        state.erase();
        put(&screen::unwrapped(&lines));
        state.drawn = lines.len();
    }

    async fn take_samples(&self) {
        loop {
            sleep(SAMPLE_INTERVAL).await;
            let Some(sources) = self.sources.get() else {
                continue;
            };
            // A database that does not answer is an expected effect of faults, not a violation.
            if let Ok(Ok(sample)) = timeout(SAMPLE_TIMEOUT, sample(&sources.databases)).await {
                sources.recorder.sample_taken(&sample.violations);
                self.state().orders = sample.orders;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Removes the block from the screen.
    fn erase(&mut self) {
        if self.drawn > 0 {
            put(&format!("\u{1b}[{}A\r\u{1b}[J", self.drawn));
            self.drawn = 0;
        }
    }
}

fn on_terminal() -> bool {
    stderr().is_terminal()
}

/// Ignores errors: a closed terminal must not end the run.
fn put(text: &str) {
    let mut err = stderr().lock();
    err.write_all(text.as_bytes()).ok();
    err.flush().ok();
}

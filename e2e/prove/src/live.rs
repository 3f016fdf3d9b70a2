//! What is being broken now, orders per state: a block that redraws itself in a terminal, a line every
//! ten seconds in a log.

use std::{
    collections::BTreeMap,
    io::{IsTerminal, Write, stderr},
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, sleep, timeout};

use crate::{
    Addresses, FaultRecord,
    invariants::{Databases, sample},
    witness::Witness,
};

mod screen;

pub(crate) use screen::paint;

/// Between two pictures on a terminal.
const REDRAW: Duration = Duration::from_millis(500);
/// Between two lines in a log.
const LINE: Duration = Duration::from_secs(10);
/// Between two looks at what must hold at any moment.
const SAMPLE: Duration = Duration::from_secs(2);
/// A database that is away for longer is looked at another time.
const LOOK: Duration = Duration::from_secs(3);

/// Counters that everybody may write to; prints itself.
#[derive(Debug, Default)]
pub struct Live {
    state: Mutex<State>,
    followed: OnceLock<Followed>,
}

#[derive(Debug)]
struct Followed {
    witness: Witness,
    databases: Databases,
}

#[derive(Debug, Clone, Default)]
struct State {
    phase: String,
    /// When the first phase began.
    began: Option<Instant>,
    until: Option<Instant>,
    breaking: BTreeMap<usize, String>,
    faults: BTreeMap<String, u64>,
    orders: BTreeMap<String, i64>,
    /// Lines of the block that is on the screen now.
    drawn: usize,
}

impl Live {
    /// Another part of the run begins: "starting the shop", "shopping and harm", "waiting for quiet".
    pub fn phase(&self, name: &str) {
        self.enter(name, None);
    }

    /// The same, with the time that it takes.
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

    /// Prints a line that stays.
    pub fn note(&self, text: &str) {
        let mut state = self.state();
        state.erase();
        put(&format!("{text}\n"));
    }

    /// A fault begins to do its harm.
    pub fn fault_began(&self, fault: &FaultRecord) {
        let mut state = self.state();
        *state.faults.entry(fault.kind.to_string()).or_default() += 1;
        let what = format!("{} {}", fault.kind, fault.target);
        state.breaking.insert(fault.number, what);
    }

    /// A fault ended; `lasted` is set now.
    pub fn fault_ended(&self, fault: &FaultRecord) {
        self.state().breaking.remove(&fault.number);
    }

    /// From now on, show what customers are told and look at the databases.
    pub(crate) fn follow(&self, witness: &Witness, addresses: &Addresses) {
        if let Ok(databases) = Databases::of(addresses) {
            let witness = witness.clone();
            self.followed
                .get_or_init(|| Followed { witness, databases });
        }
    }

    /// Shows itself until it is dropped.
    pub async fn show(&self) {
        tokio::join!(self.draw(), self.look());
    }

    async fn draw(&self) {
        let tally = || {
            self.followed
                .get()
                .map(|followed| followed.witness.told_so_far())
        };
        loop {
            if on_terminal() {
                self.redraw(tally().as_ref());
                sleep(REDRAW).await;
            } else {
                sleep(LINE).await;
                let line = screen::line(&self.state().clone(), tally().as_ref());
                put(&format!("{line}\n"));
            }
        }
    }

    fn redraw(&self, heard: Option<&screen::Heard>) {
        let mut state = self.state();
        let lines = screen::block(&state, heard);
        state.erase();
        put(&screen::unwrapped(&lines));
        state.drawn = lines.len();
    }

    /// Looks at what must hold at any moment; a database that is away is no violation.
    async fn look(&self) {
        loop {
            sleep(SAMPLE).await;
            let Some(followed) = self.followed.get() else {
                continue;
            };
            if let Ok(Ok(sample)) = timeout(LOOK, sample(&followed.databases)).await {
                followed.witness.sampled(&sample.violations);
                self.state().orders = sample.orders;
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes the block off the screen.
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

/// A terminal that went away must not stop the proof.
fn put(text: &str) {
    let mut err = stderr().lock();
    err.write_all(text.as_bytes()).ok();
    err.flush().ok();
}

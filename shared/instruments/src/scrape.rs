//! What is read when somebody asks, instead of being kept up to date all the time.

use std::sync::{Mutex, PoisonError};

type Reader = Box<dyn Fn() -> Option<()> + Send + Sync>;

static READERS: Mutex<Vec<Reader>> = Mutex::new(Vec::new());

/// Runs `read` at each scrape, before the answer is written: it sets gauges. It must not block. Once
/// it answers `None`, because what it reads is gone, it is forgotten.
pub fn at_scrape(read: impl Fn() -> Option<()> + Send + Sync + 'static) {
    lock().push(Box::new(read));
}

pub(crate) fn read_all() {
    lock().retain(|read| read().is_some());
}

fn lock() -> std::sync::MutexGuard<'static, Vec<Reader>> {
    READERS.lock().unwrap_or_else(PoisonError::into_inner)
}

//! Functions that set gauges at each scrape.

use std::sync::{Mutex, PoisonError};

type Reader = Box<dyn Fn() -> Option<()> + Send + Sync>;

static READERS: Mutex<Vec<Reader>> = Mutex::new(Vec::new());

/// Calls `read` at each scrape, before the text is written, to set gauges. It must not block. If it
/// returns `None`, because its source no longer exists, it is removed.
pub fn at_scrape(read: impl Fn() -> Option<()> + Send + Sync + 'static) {
    lock().push(Box::new(read));
}

pub(crate) fn read_all() {
    lock().retain(|read| read().is_some());
}

fn lock() -> std::sync::MutexGuard<'static, Vec<Reader>> {
    READERS.lock().unwrap_or_else(PoisonError::into_inner)
}

use std::fmt;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use crate::about::{Instrument, Process};
use crate::rooms::ALL;
use crate::scrape;

/// The type of what [`render`] writes.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Who has started in this process; more than one in tests.
static STARTED: [AtomicBool; Process::ALL.len()] =
    [const { AtomicBool::new(false) }; Process::ALL.len()];

/// Begins the process's metrics: counters and histograms whose label values are known are there from
/// now on, at 0, and so are the names of all that it exports.
pub fn start(process: Process) {
    let flags = Process::ALL.iter().zip(&STARTED);
    for (_, flag) in flags.filter(|(each, _)| **each == process) {
        flag.store(true, Ordering::Relaxed);
    }
    for instrument in ALL.iter().flat_map(|room| room.iter()) {
        if instrument.about().processes.contains(&process) {
            instrument.start();
        }
    }
}

/// The metrics of the process as OpenMetrics text. Reads first what is read at each scrape.
#[must_use]
pub fn render() -> String {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    scrape::read_all();
    let registry = REGISTRY.get_or_init(|| {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(House));
        registry
    });
    let mut text = String::new();
    match encode(&mut text, registry) {
        Ok(()) => text,
        // Writing to a string does not fail; half an answer would be taken for a whole one.
        Err(fmt::Error) => String::new(),
    }
}

/// Everything that this process exports or has touched.
#[derive(Debug)]
struct House;

impl Collector for House {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> fmt::Result {
        for instrument in ALL.iter().flat_map(|room| room.iter()) {
            if is_ours(*instrument) || instrument.is_touched() {
                instrument.encode(&mut to)?;
            }
        }
        Ok(())
    }
}

fn is_ours(instrument: &dyn Instrument) -> bool {
    let started = Process::ALL.iter().zip(&STARTED);
    started
        .filter(|(_, flag)| flag.load(Ordering::Relaxed))
        .any(|(process, _)| instrument.about().processes.contains(process))
}

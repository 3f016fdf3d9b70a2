use std::fmt;
use std::sync::OnceLock;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;

use crate::{scrape, set};

/// The content type of [`render`].
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The registered metrics as OpenMetrics text. First runs the functions of [`crate::at_scrape`].
#[must_use]
pub fn render() -> String {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    scrape::read_all();
    let registry = REGISTRY.get_or_init(|| {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Registered));
        registry
    });
    let mut text = String::new();
    match encode(&mut text, registry) {
        Ok(()) => text,
        // Writing to a string does not fail. A partial text must not be served as a complete one.
        Err(fmt::Error) => String::new(),
    }
}

#[derive(Debug)]
struct Registered;

impl Collector for Registered {
    fn encode(&self, mut to: DescriptorEncoder<'_>) -> fmt::Result {
        for instrument in set::registered() {
            instrument.encode(&mut to)?;
        }
        Ok(())
    }
}

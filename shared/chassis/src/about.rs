/// Name, version and default configuration of a program.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// The name, one word: `order`. Prefix of its environment variables, and `service.name` of its traces.
    pub name: &'static str,
    /// `env!("CARGO_PKG_VERSION")`
    pub version: &'static str,
    /// The embedded `config/default.toml`.
    pub defaults: &'static str,
}

/// [`About`] of the calling crate: its name, its version and its `config/default.toml`.
#[macro_export]
macro_rules! about {
    () => {
        $crate::About {
            name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
            defaults: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/config/default.toml")),
        }
    };
}

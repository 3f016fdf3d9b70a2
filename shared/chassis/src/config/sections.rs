use std::collections::BTreeMap;
use std::sync::Arc;

use ::config::{Value, ValueKind};
use garde::Validate;
use serde::de::DeserializeOwned;

/// The sections of a configuration by name, before they are given their types.
///
/// Several processes have the same sections, and each has its own besides. serde's `flatten` would read
/// them as one struct, but it does not refuse unknown fields.
#[derive(Debug)]
pub struct Sections {
    values: BTreeMap<String, Value>,
    in_force: InForce,
}

/// A program and the configuration that it was started with.
#[derive(Debug, Clone)]
pub struct InForce {
    /// The program's name.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// What [`show`](super::show()) prints: one `key = value` a line, secrets redacted.
    pub settings: Arc<str>,
}

/// A section that is missing, unknown or has a bad value. [`load`](super::load) says which and where
/// it was set.
#[derive(Debug)]
pub struct Invalid(pub(super) ::config::ConfigError);

/// What a configuration is read as: a struct with a field for each section, or a generic struct that
/// takes some sections and leaves the rest to its parameter.
pub trait FromSections: Sized + Validate<Context = ()> {
    /// Reads all sections.
    ///
    /// # Errors
    /// A section is missing, unknown or has a bad value.
    fn from_sections(sections: Sections) -> Result<Self, Invalid>;
}

impl<C: DeserializeOwned + Validate<Context = ()>> FromSections for C {
    fn from_sections(sections: Sections) -> Result<Self, Invalid> {
        read(sections.values)
    }
}

impl Sections {
    pub(super) fn of(merged: Value, in_force: &InForce) -> Result<Self, Invalid> {
        let values = merged.try_deserialize().map_err(Invalid)?;
        Ok(Self {
            values,
            in_force: in_force.clone(),
        })
    }

    /// The program and its complete configuration.
    #[must_use]
    pub fn in_force(&self) -> InForce {
        self.in_force.clone()
    }

    /// Takes the sections of these names out and reads them as a struct with a field for each.
    ///
    /// # Errors
    /// A section is missing or has a bad value.
    pub fn take<C: DeserializeOwned>(&mut self, names: &[&str]) -> Result<C, Invalid> {
        let taken = names
            .iter()
            .filter_map(|name| self.values.remove_entry(*name))
            .collect();
        read(taken)
    }
}

fn read<C: DeserializeOwned>(sections: BTreeMap<String, Value>) -> Result<C, Invalid> {
    let table = ValueKind::Table(sections.into_iter().collect());
    Value::new(None, table).try_deserialize().map_err(Invalid)
}

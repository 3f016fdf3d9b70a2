use std::collections::BTreeMap;

use ::config::{Value, ValueKind};
use garde::Validate;
use serde::de::DeserializeOwned;

/// The sections of a configuration by name, before they are given their types.
///
/// Several processes have the same sections, and each has its own besides. serde's `flatten` would read
/// them as one struct, but it does not refuse unknown fields.
#[derive(Debug)]
pub struct Sections(BTreeMap<String, Value>);

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
        read(sections.0)
    }
}

impl Sections {
    pub(super) fn of(merged: Value) -> Result<Self, Invalid> {
        merged.try_deserialize().map(Self).map_err(Invalid)
    }

    /// Takes the sections of these names out and reads them as a struct with a field for each.
    ///
    /// # Errors
    /// A section is missing or has a bad value.
    pub fn take<C: DeserializeOwned>(&mut self, names: &[&str]) -> Result<C, Invalid> {
        let taken = names
            .iter()
            .filter_map(|name| self.0.remove_entry(*name))
            .collect();
        read(taken)
    }
}

fn read<C: DeserializeOwned>(sections: BTreeMap<String, Value>) -> Result<C, Invalid> {
    let table = ValueKind::Table(sections.into_iter().collect());
    Value::new(None, table).try_deserialize().map_err(Invalid)
}

use std::fmt;

use serde::de::{Error, Expected, Unexpected};

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::rest::request) struct Fault {
    /// Path of the field, `images[0].url`; empty for the whole body.
    pub(in crate::rest::request) field: String,
    /// Completes a sentence that starts with the field: "must be text".
    pub(in crate::rest::request) message: String,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            field: String::new(),
            message: message.into(),
        }
    }

    pub(super) fn of(field: &str, message: &str) -> Self {
        Self {
            field: field.to_owned(),
            message: message.to_owned(),
        }
    }

    /// The fault as seen from the object that contains the field.
    pub(super) fn within(mut self, name: &str) -> Self {
        let separator = match self.field.chars().next() {
            None | Some('[') => "",
            Some(_) => ".",
        };
        self.field = format!("{name}{separator}{}", self.field);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, message } = self;
        let subject = if field.is_empty() { "the body" } else { field };
        write!(formatter, "{subject} {message}")
    }
}

impl std::error::Error for Fault {}

/// serde calls these; its own texts contain Rust types.
impl Error for Fault {
    /// The text of a type that parses a string. It must be written for people.
    fn custom<T: fmt::Display>(text: T) -> Self {
        Self::new(text.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::new("has another type than GET /openapi.json describes")
    }

    fn invalid_value(_: Unexpected<'_>, _: &dyn Expected) -> Self {
        Self::new("has another value than GET /openapi.json describes")
    }

    fn invalid_length(_: usize, _: &dyn Expected) -> Self {
        Self::new("has another length than GET /openapi.json describes")
    }

    fn unknown_variant(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("must be one of {}", expected.join(", ")))
    }

    fn unknown_field(_: &str, expected: &'static [&'static str]) -> Self {
        Self::new(match expected {
            [] => "is not a field; the object must be empty".to_owned(),
            names => format!("is not a field; the fields are {}", names.join(", ")),
        })
    }

    fn missing_field(field: &'static str) -> Self {
        Self::of(field, "must be given")
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::of(field, "must be given once")
    }
}

//! Rules for single values that serde and `garde` do not have.

use std::fmt::Display;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

/// Reads an empty value as `None`: `default.toml` contains every key, also those that need not be set.
///
/// # Errors
/// The value does not have the type.
pub fn none_if_empty<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default + PartialEq,
{
    let value = T::deserialize(deserializer)?;
    Ok(Some(value).filter(|value| *value != T::default()))
}

/// A text value, secret or not.
pub trait Text {
    /// The value itself. It must not appear in an error.
    fn text(&self) -> &str;
}

impl Text for String {
    fn text(&self) -> &str {
        self
    }
}

impl Text for SecretString {
    fn text(&self) -> &str {
        self.expose_secret()
    }
}

/// A URL that must be set, with one of these schemes: `custom(is_url(&["http", "https"]))`.
pub fn is_url<T: Text, C>(schemes: &[&'static str]) -> impl Fn(&T, &C) -> garde::Result {
    move |value, context| {
        required(value, context)?;
        scheme(value.text(), schemes)
    }
}

/// A URL with one of these schemes, or empty.
pub fn url_or_empty<T: Text, C>(schemes: &[&'static str]) -> impl Fn(&T, &C) -> garde::Result {
    move |value, _| match value.text() {
        "" => Ok(()),
        url => scheme(url, schemes),
    }
}

/// A value without which the process cannot start.
///
/// # Errors
/// The value is empty.
pub fn required<T: Text, C>(value: &T, _: &C) -> garde::Result {
    match value.text() {
        "" => Err(garde::Error::new("is required and not set")),
        _ => Ok(()),
    }
}

/// A number above that of another key: `custom(above("timeout_ms", self.timeout_ms, "why"))`.
pub fn above<T: PartialOrd + Display, C>(
    key: &'static str,
    other: T,
    why: &'static str,
) -> impl Fn(&T, &C) -> garde::Result {
    move |value, _| match *value > other {
        true => Ok(()),
        false => Err(garde::Error::new(format!(
            "is {value}, it must be greater than {key} ({other}): {why}"
        ))),
    }
}

/// The message leaves the value out: it may hold a password.
fn scheme(url: &str, schemes: &[&str]) -> garde::Result {
    let is_allowed = |(scheme, rest): (&str, &str)| schemes.contains(&scheme) && !rest.is_empty();
    if url.split_once("://").is_some_and(is_allowed) {
        return Ok(());
    }
    let schemes: Vec<String> = schemes.iter().map(|it| format!("{it}://")).collect();
    Err(garde::Error::new(format!(
        "must be a URL that begins with {}",
        schemes.join(" or ")
    )))
}

//! JSON texts. A parsed one keeps repeated keys, so that they can be rejected.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::error::Category;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    /// A number that is written without fraction and exponent.
    Integer(i128),
    /// Any other number.
    Decimal(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// Parses a text.
///
/// # Errors
/// What is wrong, with line and column.
pub(super) fn parse(bytes: &[u8]) -> Result<Json, String> {
    if bytes.is_empty() {
        return Err("the body is empty".to_owned());
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let place = format!("at line {line} column {column}");
        match error.classify() {
            Category::Eof => format!("the JSON ends too early {place}"),
            Category::Syntax | Category::Data | Category::Io => {
                let text = error.to_string();
                let cause = text.strip_suffix(&format!(" {place}")).unwrap_or(&text);
                format!("the JSON has an error {place}: {}", plain(cause))
            }
        }
    })
}

/// The parser's cause, without its own terms.
fn plain(cause: &str) -> &str {
    match cause {
        "expected ident" => "expected true, false or null",
        "recursion limit exceeded" => "lists and objects are nested too deeply",
        "number out of range" => "the number is too large",
        "invalid unicode code point" => "the text must be UTF-8",
        "trailing characters" => "nothing may follow the value",
        other => other,
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Json, E> {
        Ok(Json::Integer(number.into()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Json, E> {
        Ok(Json::Integer(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Json, E> {
        Ok(Json::Decimal(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Json, E> {
        Ok(Json::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element()? {
            elements.push(element);
        }
        Ok(Json::List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Json, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = object.next_entry()? {
            entries.push(entry);
        }
        Ok(Json::Object(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_syntax_error_is_located_and_plain() {
        for (text, expected) in [
            ("", "the body is empty"),
            ("{\"a\"", "the JSON ends too early at line 1 column 4"),
            (
                "{\n  oops\n}",
                "the JSON has an error at line 2 column 3: key must be a string",
            ),
            (
                "{} {}",
                "the JSON has an error at line 1 column 4: nothing may follow the value",
            ),
        ] {
            assert_eq!(parse(text.as_bytes()), Err(expected.to_owned()), "{text}");
        }
        let deep = "[".repeat(200);
        let cases: [(&[u8], &str); 4] = [
            (b"nul ", "expected true, false or null"),
            (b"1e999", "the number is too large"),
            (deep.as_bytes(), "nested too deeply"),
            (b"\"\xff\"", "must be UTF-8"),
        ];
        for (text, expected) in cases {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
    }
}

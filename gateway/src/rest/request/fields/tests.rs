use std::collections::BTreeMap;

use serde::Deserialize;

use super::*;
use crate::rest::request::json;

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Model {
    small: u32,
    #[serde(default)]
    amount: Option<i64>,
    #[serde(default)]
    is_open: bool,
    #[serde(default)]
    parts: Vec<Part>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
    #[serde(default)]
    color: Option<Color>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Part {
    url: String,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Color {
    DarkRed,
    Blue,
}

fn model(text: &str) -> Result<Model, Fault> {
    read(json::parse(text.as_bytes()).unwrap())
}

#[test]
fn an_integer_may_have_a_fraction_of_zero_or_an_exponent() {
    for (text, expected) in [
        ("2", 2),
        ("2.0", 2),
        ("2e0", 2),
        ("20E-1", 2),
        ("0.2e1", 2),
        ("-0", 0),
        ("-0.0", 0),
        ("4294967295", u32::MAX),
        ("4.294967295e9", u32::MAX),
    ] {
        let small = model(&format!("{{\"small\": {text}}}")).map(|model| model.small);
        assert_eq!(small, Ok(expected), "{text}");
    }
    let amount = |text: &str| {
        let model = model(&format!("{{\"small\": 0, \"amount\": {text}}}"));
        model.map(|model| model.amount)
    };
    assert_eq!(amount("-1.5e3"), Ok(Some(-1_500)));
    assert_eq!(amount("9223372036854775807"), Ok(Some(i64::MAX)));
    assert_eq!(
        amount("9007199254740991.0"),
        Ok(Some(9_007_199_254_740_991))
    );
    // A double cannot distinguish this amount from its neighbors.
    assert!(amount("9007199254740993.0").is_err());
    assert_eq!(amount("null"), Ok(None));
}

#[test]
fn a_fault_names_the_field_in_plain_words() {
    let integer = "small must be an integer";
    for (text, expected) in [
        (r#"{"small": "2"}"#, integer),
        (r#"{"small": 2.5}"#, integer),
        (r#"{"small": null}"#, integer),
        (r#"{"small": -1}"#, "small must not be negative"),
        (r#"{"small": 4294967296}"#, "small must be a smaller number"),
        (r#"{}"#, "small must be given"),
        (r#"[1]"#, "the body must be an object"),
        (r#"null"#, "the body must be an object"),
        (r#"{"small": 1, "small": 2}"#, "small must be given once"),
        (
            r#"{"small": 1, "is_open": 1}"#,
            "is_open must be true or false",
        ),
        (r#"{"small": 1, "parts": {}}"#, "parts must be an array"),
        (
            r#"{"small": 1, "parts": [{"url": ""}, ["a"]]}"#,
            "parts[1] must be an object",
        ),
        (
            r#"{"small": 1, "parts": [{}]}"#,
            "parts[0].url must be given",
        ),
        (
            r#"{"small": 1, "parts": [{"url": 7}]}"#,
            "parts[0].url must be a string",
        ),
        (
            r#"{"small": 1, "parts": [{"uri": "a"}]}"#,
            "parts[0].uri is not a field; the fields are url",
        ),
        (
            r#"{"small": 1, "attributes": {"roast": 1}}"#,
            "attributes.roast must be a string",
        ),
        (
            r#"{"small": 1, "attributes": {"a": "1", "a": "2"}}"#,
            "attributes.a must be given once",
        ),
        (
            r#"{"small": 1, "color": "green"}"#,
            "color must be one of dark_red, blue",
        ),
        (
            r#"{"small": 1, "color": 1}"#,
            "color must be one of dark_red, blue",
        ),
    ] {
        let fault = model(text).unwrap_err();
        assert_eq!(fault.to_string(), expected, "{text}");
    }
}

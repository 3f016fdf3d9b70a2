use std::str::FromStr;

use chrono::{DateTime, Timelike, Utc};
use contracts::convert::timestamp;
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};

/// What a time must be, as text for people.
pub(crate) const EXPECTED: &str = "a time such as 2026-12-24T18:00:00Z (RFC 3339)";

/// Nanoseconds of a second. In a leap second, chrono counts on.
const SECOND: u32 = 1_000_000_000;

/// A moment in a request. Leap seconds are refused: no time of the shop has one.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Time(pub(crate) DateTime<Utc>);

impl FromStr for Time {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match DateTime::parse_from_rfc3339(text) {
            Ok(time) if time.nanosecond() < SECOND => Ok(Self(time.to_utc())),
            _ => Err(()),
        }
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map_err(|()| D::Error::custom(format_args!("must be {EXPECTED}")))
    }
}

impl From<Time> for prost_types::Timestamp {
    fn from(time: Time) -> Self {
        timestamp(time.0)
    }
}

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        let time = SchemaFormat::KnownFormat(KnownFormat::DateTime);
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(time))
            .into()
    }
}

impl ToSchema for Time {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_rfc_3339_without_leap_seconds() {
        for (text, is_time) in [
            ("2026-12-24T18:00:00Z", true),
            ("2026-12-24T19:00:00.5+01:00", true),
            ("2016-12-31T23:59:60Z", false),
            ("2026-12-24", false),
            ("", false),
        ] {
            assert_eq!(text.parse::<Time>().is_ok(), is_time, "{text}");
        }
    }
}

use serde_json::Value;

/// The minor units of a money value in an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money(pub i64);

impl Money {
    /// Reads `{"minor_units": .., "currency": "EUR"}`.
    ///
    /// # Panics
    /// When it is anything else.
    pub fn of(value: &Value) -> Self {
        assert_eq!(value["currency"], "EUR", "{value}");
        Self(value["minor_units"].as_i64().expect("whole minor units"))
    }
}

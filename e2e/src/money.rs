use serde_json::Value;

/// Minor units of an amount in a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Money(pub i64);

impl Money {
    /// Reads `{"minor_units": .., "currency": "EUR"}`.
    ///
    /// # Panics
    /// The value has another form or currency.
    pub fn of(value: &Value) -> Self {
        assert_eq!(value["currency"], "EUR", "{value}");
        Self(value["minor_units"].as_i64().expect("whole minor units"))
    }
}

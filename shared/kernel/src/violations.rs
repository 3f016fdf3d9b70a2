use crate::values::Value;

/// One invalid field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The path of the field in the request: `shipping_address.city`.
    pub field: String,
    /// The rule, for people: `must be 1 to 100 characters`.
    pub message: String,
}

/// Violations that are kept at most: enough to correct a form. A request can have thousands of invalid fields.
const MAX: usize = 50;

/// Collects the invalid fields of a request, so that one response lists all of them, or the first 50.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// No violations.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// A single violation.
    pub fn one(field: impl Into<String>, message: impl std::fmt::Display) -> Self {
        let mut violations = Self::new();
        violations.add(field, message);
        violations
    }

    /// Adds a violation of `field`, unless there are too many.
    pub fn add(&mut self, field: impl Into<String>, message: impl std::fmt::Display) {
        if self.0.len() >= MAX {
            return;
        }
        self.0.push(Violation {
            field: field.into(),
            message: message.to_string(),
        });
    }

    /// Adds a violation of `field` unless `good`.
    pub fn check(&mut self, good: bool, field: &str, message: impl std::fmt::Display) {
        if !good {
            self.add(field, message);
        }
    }

    /// The text of `field` as it is stored; empty if it is no such value.
    pub fn value(&mut self, field: &str, text: &str, value: Value) -> String {
        self.take(field, value.check(text)).unwrap_or_default()
    }

    /// The value of `result`, or a violation of `field` with its error.
    pub fn take<T, E: std::fmt::Display>(
        &mut self,
        field: &str,
        result: Result<T, E>,
    ) -> Option<T> {
        result.map_err(|error| self.add(field, error)).ok()
    }

    /// `value` if there are no violations.
    ///
    /// # Errors
    /// The violations.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }

    /// True if there are no violations.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The violations in the order in which they were added.
    pub fn into_vec(self) -> Vec<Violation> {
        self.0
    }
}

impl std::fmt::Display for Violations {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, violation) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{} {}", violation.field, violation.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values;

    #[test]
    fn violations_are_bounded() {
        let mut violations = Violations::new();
        for index in 0..10_000 {
            violations.add(format!("lines[{index}]"), "is unknown");
        }
        assert!(!violations.is_empty());
        assert_eq!(violations.into_vec().len(), MAX);
    }

    #[test]
    fn all_violations_are_reported_together() {
        let mut violations = Violations::new();
        violations.value("name", " ", values::CATEGORY_NAME);
        violations.value("note", "a\u{7}b", values::DECISION_NOTE);
        assert_eq!(violations.value("city", " Ulm", values::CITY), "Ulm");
        assert_eq!(violations.take::<u8, _>("age", "x".parse::<u8>()), None);
        let error = violations.or(()).expect_err("three fields are invalid");
        assert_eq!(
            error.to_string(),
            "name must be 1 to 80 characters; note must not contain control characters; \
             age invalid digit found in string"
        );
    }
}

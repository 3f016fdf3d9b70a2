/// One field that is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The field's name as the caller sent it, with dots: `shipping_address.city`.
    pub field: String,
    /// What it must be, for people: `must be 1 to 100 characters`.
    pub message: String,
}

/// Collects everything that is wrong with a request, so that the caller hears it all at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

impl Violations {
    /// Nothing found yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Just this one.
    pub fn one(field: impl Into<String>, message: impl std::fmt::Display) -> Self {
        let mut violations = Self::new();
        violations.add(field, message);
        violations
    }

    /// Notes that `field` is wrong.
    pub fn add(&mut self, field: impl Into<String>, message: impl std::fmt::Display) {
        self.0.push(Violation {
            field: field.into(),
            message: message.to_string(),
        });
    }

    /// Notes that `field` is wrong unless `good`.
    pub fn check(&mut self, good: bool, field: &str, message: impl std::fmt::Display) {
        if !good {
            self.add(field, message);
        }
    }

    /// Notes that `field` is wrong unless its trimmed text has `min..=max` characters, none of them
    /// a control character other than a line break.
    pub fn check_text(&mut self, field: &str, text: &str, min: usize, max: usize) {
        let length = text.trim().chars().count();
        if !(min..=max).contains(&length) {
            match min {
                0 => self.add(field, format_args!("must be at most {max} characters")),
                _ => self.add(field, format_args!("must be {min} to {max} characters")),
            }
        } else if text.chars().any(|c| c.is_control() && c != '\n') {
            self.add(field, "must not contain control characters");
        }
    }

    /// The value, or a note of why there is none.
    pub fn take<T, E: std::fmt::Display>(
        &mut self,
        field: &str,
        result: Result<T, E>,
    ) -> Option<T> {
        result.map_err(|error| self.add(field, error)).ok()
    }

    /// `value` if nothing was found.
    ///
    /// # Errors
    /// Everything that was found.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }

    /// True when nothing was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Everything that was found, in the order it was noted.
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

    #[test]
    fn everything_wrong_is_said_at_once() {
        let mut violations = Violations::new();
        violations.check_text("name", " ", 1, 10);
        violations.check_text("note", "a\u{7}b", 0, 10);
        violations.check_text("city", "Ulm", 1, 10);
        assert_eq!(violations.take::<u8, _>("age", "x".parse::<u8>()), None);
        let error = violations.or(()).expect_err("three fields are wrong");
        assert_eq!(
            error.to_string(),
            "name must be 1 to 10 characters; note must not contain control characters; \
             age invalid digit found in string"
        );
    }
}

use kernel::{UserId, Violations, values};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Who acts by the command line, where there is no account.
#[must_use]
pub fn command_line() -> UserId {
    Uuid::nil().into()
}

/// An action of staff, for the record.
#[derive(Debug, Clone)]
pub struct Action {
    pub(crate) kind: &'static str,
    pub(crate) subject: String,
    pub(crate) actor: UserId,
    pub(crate) reason: Reason,
    pub(crate) detail: String,
    pub(crate) before: Option<Value>,
    pub(crate) after: Option<Value>,
}

impl Action {
    /// An action of `actor`. The kind names what it acts on and what it does, such as `saga.retry`; the subject is
    /// the id of the message, order, SKU or account, and empty if the action concerns all of them.
    #[must_use]
    pub fn new(kind: &'static str, subject: impl Into<String>, actor: UserId) -> Self {
        Self {
            kind,
            subject: subject.into(),
            actor,
            reason: Reason::default(),
            detail: String::new(),
            before: None,
            after: None,
        }
    }

    /// Adds why.
    #[must_use]
    pub fn reason(mut self, reason: Reason) -> Self {
        self.reason = reason;
        self
    }

    /// Adds the state of the subject before an action that ends it: JSON. No personal data.
    #[must_use]
    pub fn detail(mut self, detail: String) -> Self {
        self.detail = detail;
        self
    }

    /// Adds what the action creates. No personal data.
    #[must_use]
    pub fn created(mut self, after: Value) -> Self {
        self.after = Some(after);
        self
    }

    /// Adds what the action removes. No personal data.
    #[must_use]
    pub fn removed(mut self, before: Value) -> Self {
        self.before = Some(before);
        self
    }

    /// Adds what the action changes. Of two objects, only the members that differ are kept. No personal data.
    #[must_use]
    pub fn changed(mut self, before: Value, after: Value) -> Self {
        let (before, after) = match (before, after) {
            (Value::Object(before), Value::Object(after)) => {
                let kept = |object: &Map<String, Value>, other: &Map<String, Value>| {
                    let differs =
                        |(name, value): &(&String, &Value)| other.get(*name) != Some(*value);
                    let members = object.iter().filter(differs);
                    Value::Object(
                        members
                            .map(|(name, value)| (name.clone(), value.clone()))
                            .collect(),
                    )
                };
                (kept(&before, &after), kept(&after, &before))
            }
            values => values,
        };
        self.before = Some(before);
        self.after = Some(after);
        self
    }

    /// Who acts.
    #[must_use]
    pub fn actor(&self) -> UserId {
        self.actor
    }
}

/// Why staff act, as one line of at most 500 characters; empty where no reason is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reason(String);

impl Reason {
    /// Checks and normalizes the `reason` of a request, which must have one.
    ///
    /// # Errors
    /// A violation of the field `reason` if it is empty, too long or not one line of text.
    pub fn parse(text: &str) -> Result<Self, Violations> {
        let mut violations = Violations::new();
        let reason = violations.value("reason", text, values::REASON);
        violations.or(Self(reason))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_change_keeps_what_differs() {
        let action = Action::new("product.update", "TEA", UserId::generate());
        let before = json!({"name": "Tea", "price": 100, "image": "a"});
        let after = json!({"name": "Tea", "price": 90, "weight": 1});
        let action = action.changed(before, after);
        assert_eq!(action.before, Some(json!({"price": 100, "image": "a"})));
        assert_eq!(action.after, Some(json!({"price": 90, "weight": 1})));
    }
}

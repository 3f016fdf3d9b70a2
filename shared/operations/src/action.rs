use kernel::{UserId, Violations};

const MAX_REASON: usize = 500;

/// An action of an operator, for the audit.
#[derive(Debug, Clone)]
pub struct Action {
    /// What it acts on and what it does, such as `saga.retry`.
    pub kind: &'static str,
    /// The id of the message or order; empty if the action concerns all of them.
    pub subject: String,
    /// The staff member who acts.
    pub actor: UserId,
    /// Why.
    pub reason: Reason,
    /// The state of the subject before the action: JSON, or empty. No personal data.
    pub detail: String,
}

/// Why an operator acts, as one line of 1 to 500 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// Checks and normalizes the `reason` of a request.
    ///
    /// # Errors
    /// A violation of the field `reason` if it is empty, too long or not one line of text.
    pub fn parse(text: &str) -> Result<Self, Violations> {
        let mut violations = Violations::new();
        let reason = violations.line("reason", text, 1..=MAX_REASON);
        violations.or(Self(reason))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

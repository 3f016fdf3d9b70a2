//! What somebody did by hand.

use kernel::{UserId, Violations};

const LONGEST_REASON: usize = 500;

/// Something that was done by hand, for the audit.
#[derive(Debug, Clone)]
pub struct Action {
    /// `saga.retry`: what it was done to, and what was done.
    pub kind: &'static str,
    /// The id of what it was done to: a message's or an order's; empty for all of them.
    pub subject: String,
    /// The staff member who did it.
    pub actor: UserId,
    /// Why.
    pub reason: Reason,
    /// What it was done to, as it was then: JSON, or empty. No personal data.
    pub detail: String,
}

/// Why an operator does something, in her own words: 1 to 500 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

impl Reason {
    /// Takes the `reason` of a request, trimmed.
    ///
    /// # Errors
    /// A violation of the field `reason` when it is empty, too long or has control characters.
    pub fn parse(text: &str) -> Result<Self, Violations> {
        let mut violations = Violations::new();
        violations.check_text("reason", text, 1, LONGEST_REASON);
        violations.or(Self(text.trim().to_owned()))
    }

    /// The words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

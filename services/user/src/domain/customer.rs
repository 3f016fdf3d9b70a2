use chrono::{DateTime, Utc};
use kernel::{UserId, Violations};

use super::EmailAddress;

const MAX_PREFIX: usize = 254;

/// The account of a customer, as staff see it. No `Debug`, because it holds personal data.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Customer {
    pub(crate) id: UserId,
    pub(crate) email: String,
    pub(crate) display_name: String,
    pub(crate) created_at: DateTime<Utc>,
    /// Whether the owner of the address has confirmed it.
    pub(crate) email_verified: bool,
}

/// What the addresses of wanted customers begin with, spelled as they are stored.
pub(crate) struct EmailPrefix(String);

impl EmailPrefix {
    /// Empty: every address begins with it.
    ///
    /// # Errors
    /// The text is neither an address nor, in ASCII, the beginning of one.
    pub(crate) fn new(text: &str) -> Result<Self, Violations> {
        let text = text.trim();
        if let Some(address) = EmailAddress::parse(text) {
            return Ok(Self(address.into_string()));
        }
        let is_ascii = text.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_ascii || text.len() > MAX_PREFIX {
            let message = format!(
                "must be an e-mail address, or its beginning of at most {MAX_PREFIX} ASCII characters without spaces"
            );
            return Err(Violations::one("email", message));
        }
        Ok(Self(text.to_ascii_lowercase()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        EmailPrefix::new(text).ok().map(|prefix| prefix.0)
    }

    #[test]
    fn a_prefix_is_spelled_as_addresses_are_stored() {
        for (text, expected) in [
            ("", ""),
            (" Ada ", "ada"),
            ("ADA@Exam", "ada@exam"),
            ("ada@bücher.example", "ada@xn--bcher-kva.example"),
            ("a%_\\", "a%_\\"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn what_begins_no_address_is_refused() {
        let too_long = "a".repeat(MAX_PREFIX + 1);
        for text in ["ädä", "ada@büch", "a b", "a\0", &too_long] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}

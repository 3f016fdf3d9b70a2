use chrono::{DateTime, Utc};
use kernel::{Groups, UserId, Violations, values};
use secrecy::SecretString;

use super::new_password::{check_new_password, check_typed_password};
use super::{EmailAddress, Password};

const MAX_EMAIL: usize = 254;

/// The role of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Buys.
    Customer,
    /// Operates the shop.
    Staff,
}

/// An account without its password hash. Its `Debug` shows no personal data.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) id: UserId,
    pub(crate) email: String,
    pub(crate) display_name: String,
    pub(crate) role: Role,
    /// What a staff member may do; none for a customer.
    pub(crate) groups: Groups,
    pub(crate) created_at: DateTime<Utc>,
    /// Whether the owner of the address has confirmed it.
    pub(crate) email_verified: bool,
}

impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("id", &self.id)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// A valid registration. Only the uniqueness of the e-mail address is unchecked.
pub(crate) struct Registration {
    pub(crate) email: EmailAddress,
    pub(crate) password: Password,
    /// Normalized.
    pub(crate) display_name: String,
}

impl Registration {
    /// # Errors
    /// All violations.
    pub(crate) fn new(
        email: &str,
        password: SecretString,
        display_name: &str,
    ) -> Result<Self, Violations> {
        let mut violations = Violations::new();
        let email = violations.take("email", email_address(email));
        // Before the password, whose rule needs it; reported after it, in the order of the fields.
        let display_name = values::DISPLAY_NAME.check(display_name);
        let local_part = email.as_ref().map_or("", EmailAddress::local_part);
        let name = display_name.as_deref().unwrap_or_default();
        let known = [local_part, name];
        let password = check_new_password(&mut violations, "password", password, &known);
        let display_name = violations
            .take("display_name", display_name)
            .unwrap_or_default();
        let Some(email) = email else {
            return Err(violations);
        };
        violations.or(Self {
            email,
            password,
            display_name,
        })
    }
}

/// Credentials of a sign-in. Only their length is checked, so that a rejection reveals nothing about
/// accounts.
pub(crate) struct Credentials {
    /// As [`EmailAddress`] spells it. Another text is kept, since no account has it.
    pub(crate) email: String,
    pub(crate) password: Password,
}

impl Credentials {
    /// # Errors
    /// Empty or overlong fields, or control characters.
    pub(crate) fn new(email: &str, password: SecretString) -> Result<Self, Violations> {
        let mut violations = Violations::new();
        let email = normalized(email);
        violations.check(
            (1..=MAX_EMAIL).contains(&email.chars().count()),
            "email",
            format_args!("must be 1 to {MAX_EMAIL} characters"),
        );
        let password = check_typed_password(&mut violations, "password", password);
        violations.check(
            !email.chars().any(char::is_control),
            "email",
            "must not contain control characters",
        );
        violations.or(Self { email, password })
    }
}

/// Reads an address that gets e-mails.
///
/// # Errors
/// What it must be.
pub(crate) fn email_address(text: &str) -> Result<EmailAddress, String> {
    EmailAddress::parse(text).ok_or_else(|| {
        format!(
            "must be an e-mail address of at most {MAX_EMAIL} characters, such as ada@example.com"
        )
    })
}

/// Reads a display name, as it is stored.
///
/// # Errors
/// The rule that it breaks.
pub(crate) fn display_name(text: &str) -> Result<String, Violations> {
    let mut violations = Violations::new();
    let name = violations.value("display_name", text, values::DISPLAY_NAME);
    violations.or(name)
}

fn normalized(email: &str) -> String {
    EmailAddress::parse(email).map_or_else(
        || email.trim().to_ascii_lowercase(),
        EmailAddress::into_string,
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn register(email: &str, password: &str, name: &str) -> Result<Registration, String> {
        Registration::new(email, password.into(), name).map_err(|violations| violations.to_string())
    }

    /// A password of `length` characters, one of them `c` again and again, and not guessable.
    fn long(c: &str, length: usize) -> String {
        format!("kXw7#qZp{}", c.repeat(length - 8))
    }

    #[test]
    fn a_guessable_password_is_refused_for_its_account() {
        for password in ["Password1234", "ada.lovelace.1815", "aaaaaaaaaaaaa"] {
            let error = register("ada.lovelace@example.com", password, "Countess").err();
            assert!(
                error.unwrap().starts_with("password must not be"),
                "{password}"
            );
        }
        assert!(register("bob@example.com", "ada.lovelace.1815", "Countess").is_ok());
    }

    #[test]
    fn a_password_that_is_too_long_is_not_examined() {
        let error = register("ada@example.com", &"abcxyz".repeat(10_000), "Ada").err();
        assert_eq!(error.unwrap(), "password must be 12 to 128 characters");
    }

    #[test]
    fn an_email_is_trimmed_and_lower_cased() {
        let registration = register("  Ada@Example.COM ", "correct-horse", " Ada ").unwrap();
        assert_eq!(registration.email.as_str(), "ada@example.com");
        assert_eq!(registration.display_name, "Ada");
    }

    #[test]
    fn all_violations_of_a_registration_are_reported() {
        assert_eq!(
            register("ada", "short", " ").err().unwrap(),
            "email must be an e-mail address of at most 254 characters, such as ada@example.com; \
             password must be 12 to 128 characters; display_name must be 1 to 100 characters"
        );
    }

    #[test]
    fn a_password_is_counted_in_characters_and_not_trimmed() {
        assert!(register("a@b.co", &long("ä", 128), "A").is_ok());
        assert!(register("a@b.co", &long("ä", 129), "A").is_err());
        assert!(register("a@b.co", " spaces at both ends ", "A").is_ok());
        assert!(register("a@b.co", &long("ä", 11), "A").is_err());
    }

    #[test]
    fn a_password_is_counted_after_normalization() {
        assert!(register("a@b.co", &long("e\u{301}", 128), "A").is_ok());
        assert!(register("a@b.co", &long("e\u{301}", 11), "A").is_err());
        assert!(register("a@b.co", "correct\0horse", "A").is_err());
    }

    #[test]
    fn a_display_name_follows_the_rule_of_names() {
        for name in [
            "Ada\nLovelace",
            "\u{202E}adA",
            "\u{3164}",
            "Ada\u{200B}",
            ".",
        ] {
            assert!(
                register("a@b.co", "correct-horse", name).is_err(),
                "{name:?}"
            );
        }
        let registration = register("a@b.co", "correct-horse", "Zoe\u{308}").unwrap();
        assert_eq!(registration.display_name, "Zo\u{eb}");
    }

    #[test]
    fn credentials_have_a_maximum_length() {
        let error = Credentials::new("", "a".repeat(129).into()).err().unwrap();
        assert_eq!(
            error.to_string(),
            "email must be 1 to 254 characters; password must be 1 to 128 characters"
        );
    }

    #[test]
    fn credentials_with_control_characters_are_rejected() {
        let error = Credentials::new("a\0@b.co", "correct-horse".into())
            .err()
            .unwrap();
        assert_eq!(
            error.to_string(),
            "email must not contain control characters"
        );
    }

    #[test]
    fn the_debug_of_a_user_shows_no_personal_data() {
        let user = User {
            id: UserId::generate(),
            email: "ada@example.com".to_owned(),
            display_name: "Ada".to_owned(),
            role: Role::Customer,
            groups: Groups::NONE,
            created_at: DateTime::UNIX_EPOCH,
            email_verified: false,
        };
        let text = format!("{user:?}");
        assert!(!text.contains("ada@") && !text.contains("Ada"), "{text}");
    }

    proptest! {
        #[test]
        fn no_text_makes_validation_panic(email in "\\PC*", name in "\\PC*") {
            let _ = register(&email, "correct-horse", &name);
        }
    }
}

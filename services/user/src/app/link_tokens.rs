//! The tokens in e-mails that change the password or the address of an account. Nothing is stored, so no row holds a secret
//! that is still to be mailed. A token is bound to the account's count of changes, so it works once, and any other change of
//! password or address voids it.

use chrono::{DateTime, Utc};
use kernel::UserId;
use secrecy::{ExposeSecret, SecretString};
use tokens::{Binding, Keys};
use uuid::Uuid;

use crate::domain::LINK_LIFETIME;

const PASSWORD_RESET: &str = "password reset v1";
const EMAIL_CHANGE: &str = "e-mail change v1";
const ID: usize = 16;
const NUMBER: usize = 8;

/// Issues and verifies the tokens. Cheap to clone.
#[derive(Clone)]
pub(crate) struct LinkTokens(pub(crate) Keys);

/// For which account a token is, and in which state of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) user: UserId,
    /// The account's count of changes of password and address.
    pub(crate) credentials: i64,
    /// When the e-mail was asked for.
    pub(crate) at: DateTime<Utc>,
}

/// The change of an address that a token makes. No `Debug`, because it holds personal data.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct EmailChange {
    pub(crate) link: Link,
    /// The session that asked for it.
    pub(crate) session: Uuid,
    /// The new address, normalized.
    pub(crate) email: String,
}

impl LinkTokens {
    /// A token that replaces the password: the same for each attempt to send its e-mail.
    pub(crate) fn password_reset(&self, link: Link) -> SecretString {
        let binding = Binding::new(PASSWORD_RESET);
        self.0.seal(&binding, &link.to_bytes()).into()
    }

    /// The account of a valid token.
    pub(crate) fn open_password_reset(
        &self,
        token: &SecretString,
        now: DateTime<Utc>,
    ) -> Option<Link> {
        let binding = Binding::new(PASSWORD_RESET);
        let content = self.0.open(&binding, token.expose_secret())?;
        let (link, rest) = Link::from_bytes(&content)?;
        (rest.is_empty() && link.is_current(now)).then_some(link)
    }

    /// A token that changes the address.
    pub(crate) fn email_change(&self, change: &EmailChange) -> SecretString {
        let mut content = change.link.to_bytes();
        content.extend_from_slice(change.session.as_bytes());
        content.extend_from_slice(change.email.as_bytes());
        self.0.seal(&Binding::new(EMAIL_CHANGE), &content).into()
    }

    /// The change of a valid token.
    pub(crate) fn open_email_change(
        &self,
        token: &SecretString,
        now: DateTime<Utc>,
    ) -> Option<EmailChange> {
        let binding = Binding::new(EMAIL_CHANGE);
        let content = self.0.open(&binding, token.expose_secret())?;
        let (link, rest) = Link::from_bytes(&content)?;
        let (session, email) = rest.split_at_checked(ID)?;
        let change = EmailChange {
            link,
            session: Uuid::from_slice(session).ok()?,
            email: str::from_utf8(email).ok()?.to_owned(),
        };
        link.is_current(now).then_some(change)
    }
}

impl Link {
    fn is_current(self, now: DateTime<Utc>) -> bool {
        now < self.at + LINK_LIFETIME
    }

    fn to_bytes(self) -> Vec<u8> {
        let mut bytes = self.user.as_uuid().as_bytes().to_vec();
        bytes.extend_from_slice(&self.credentials.to_be_bytes());
        bytes.extend_from_slice(&self.at.timestamp().to_be_bytes());
        bytes
    }

    /// The link, and what follows it.
    fn from_bytes(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (user, rest) = bytes.split_at_checked(ID)?;
        let (credentials, rest) = rest.split_at_checked(NUMBER)?;
        let (at, rest) = rest.split_at_checked(NUMBER)?;
        let link = Self {
            user: Uuid::from_slice(user).ok()?.into(),
            credentials: i64::from_be_bytes(credentials.try_into().ok()?),
            at: DateTime::from_timestamp(i64::from_be_bytes(at.try_into().ok()?), 0)?,
        };
        Some((link, rest))
    }
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn tokens() -> LinkTokens {
        let config = tokens::Config::with_secret(testkit::TOKEN_SECRET);
        LinkTokens(Keys::new(&config))
    }

    fn link() -> Link {
        Link {
            user: UserId::generate(),
            credentials: 3,
            at: NOW,
        }
    }

    fn change() -> EmailChange {
        EmailChange {
            link: link(),
            session: Uuid::from_u128(8),
            email: "ada@example.org".to_owned(),
        }
    }

    #[test]
    fn a_token_is_valid_for_an_hour() {
        let (link, change) = (link(), change());
        let reset = tokens().password_reset(link);
        let changed = tokens().email_change(&change);
        let last = NOW + LINK_LIFETIME - Duration::seconds(1);
        assert_eq!(tokens().open_password_reset(&reset, last), Some(link));
        assert!(tokens().open_email_change(&changed, last) == Some(change));
        let late = NOW + LINK_LIFETIME;
        assert_eq!(tokens().open_password_reset(&reset, late), None);
        assert!(tokens().open_email_change(&changed, late).is_none());
    }

    #[test]
    fn a_token_of_one_kind_is_none_of_the_other() {
        let reset = tokens().password_reset(link());
        let changed = tokens().email_change(&change());
        assert!(tokens().open_email_change(&reset, NOW).is_none());
        assert_eq!(tokens().open_password_reset(&changed, NOW), None);
    }

    #[test]
    fn an_altered_token_is_invalid() {
        let token = tokens().password_reset(link());
        let text = token.expose_secret();
        let flipped = if text.starts_with('A') { "B" } else { "A" };
        for altered in [
            String::new(),
            "no token".to_owned(),
            text[..40].to_owned(),
            format!("{flipped}{}", &text[1..]),
            format!("{text}AAAA"),
        ] {
            let opened = tokens().open_password_reset(&altered.as_str().into(), NOW);
            assert_eq!(opened, None, "{altered}");
        }
    }
}

//! Tokens of devices that signed in before (OWASP, "device cookies"): the guesses of others do not hold up the holder of
//! one.

use chrono::{DateTime, Duration, Utc};
use kernel::UserId;
use secrecy::{ExposeSecret, SecretString};
use tokens::{Binding, Keys};
use uuid::Uuid;

use crate::store::Account;

const PURPOSE: &str = "device token v1";
const ID: usize = 16;

/// Issues and verifies device tokens: a device id and the time of issue, bound to the account. Nothing is stored.
#[derive(Clone)]
pub(crate) struct DeviceTokens {
    pub(crate) keys: Keys,
    /// For how long a device is known after a sign-in.
    pub(crate) lifetime: Duration,
}

/// A device that signed in to the account before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KnownDevice {
    pub(crate) user: UserId,
    pub(crate) id: Uuid,
}

impl DeviceTokens {
    /// A token for a device of an account.
    pub(crate) fn issue(&self, device: KnownDevice, now: DateTime<Utc>) -> SecretString {
        let mut content = device.id.as_bytes().to_vec();
        content.extend_from_slice(&now.timestamp_micros().to_be_bytes());
        self.keys.seal(&binding(device.user), &content).into()
    }

    /// The device, if the token is ours, of this account, not expired, and issued after the last change of the password.
    pub(crate) fn verify(
        &self,
        token: &SecretString,
        account: &Account,
        now: DateTime<Utc>,
    ) -> Option<KnownDevice> {
        let user = account.user.id;
        let content = self.keys.open(&binding(user), token.expose_secret())?;
        let (id, issued_at) = content.split_at_checked(ID)?;
        let issued_at = i64::from_be_bytes(issued_at.try_into().ok()?);
        let issued_at = DateTime::from_timestamp_micros(issued_at)?;
        let is_current = now < issued_at + self.lifetime
            && account
                .devices_known_since
                .is_none_or(|since| issued_at >= since);
        let id = Uuid::from_slice(id).ok()?;
        is_current.then_some(KnownDevice { user, id })
    }
}

fn binding(user: UserId) -> Binding {
    Binding::new(PURPOSE).with(user.as_uuid().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Role, User};

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn account() -> Account {
        Account {
            user: User {
                id: UserId::generate(),
                email: "ada@example.com".to_owned(),
                display_name: "Ada".to_owned(),
                role: Role::Customer,
                groups: kernel::Groups::NONE,
                created_at: NOW,
                email_verified: false,
            },
            password_hash: "hash".into(),
            devices_known_since: None,
            password_holder: crate::store::PasswordHolder::Owner,
            credentials_version: 0,
        }
    }

    fn tokens() -> DeviceTokens {
        DeviceTokens {
            keys: Keys::new(&tokens::Config::with_secret(testkit::TOKEN_SECRET)),
            lifetime: Duration::days(10),
        }
    }

    fn device(account: &Account) -> KnownDevice {
        KnownDevice {
            user: account.user.id,
            id: Uuid::now_v7(),
        }
    }

    #[test]
    fn a_token_names_its_device_until_it_expires() {
        let account = account();
        let device = device(&account);
        let token = tokens().issue(device, NOW);
        let verify = |now| tokens().verify(&token, &account, now);
        assert_eq!(verify(NOW), Some(device));
        assert_eq!(verify(NOW + Duration::days(10)), None);
    }

    #[test]
    fn a_token_of_another_account_or_altered_is_refused() {
        let account = account();
        let token = tokens().issue(device(&account), NOW);
        assert_eq!(tokens().verify(&token, &self::account(), NOW), None);
        let text = token.expose_secret();
        let flipped = if text.starts_with('A') { "B" } else { "A" };
        for altered in [
            String::new(),
            "no token".to_owned(),
            text[..20].to_owned(),
            format!("{flipped}{}", &text[1..]),
            format!("{text}AAAA"),
        ] {
            let verified = tokens().verify(&altered.as_str().into(), &account, NOW);
            assert_eq!(verified, None, "{altered}");
        }
    }

    #[test]
    fn a_change_of_the_password_voids_the_tokens_before_it() {
        let mut account = account();
        let device = device(&account);
        let old = tokens().issue(device, NOW);
        let change = NOW + Duration::hours(1);
        account.devices_known_since = Some(change);
        let new = tokens().issue(device, change);
        assert_eq!(tokens().verify(&old, &account, change), None);
        assert_eq!(tokens().verify(&new, &account, change), Some(device));
    }
}

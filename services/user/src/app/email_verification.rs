//! Proof that the owner of an account reads the e-mails of its address: a token in an e-mail, sent back.

use chrono::{DateTime, Duration, Utc};
use kernel::UserId;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tokens::{Binding, Keys};
use uuid::Uuid;

use super::App;
use crate::domain;
use crate::failure::Failure;

const PURPOSE: &str = "e-mail verification v1";
/// Time to follow the link. After it, the account stays unverified.
const LIFETIME: Duration = Duration::days(7);
const ID: usize = 16;
const TIME: usize = 8;

/// Issues and verifies the tokens: the account, the expiry and a digest of the address. Nothing is stored, so no row holds
/// a secret that is still to be mailed. Using a token twice changes nothing.
#[derive(Clone)]
pub(crate) struct VerificationTokens(pub(crate) Keys);

/// What a valid token is about.
struct Verification {
    user: UserId,
    expires_at: i64,
    email_digest: Vec<u8>,
}

impl VerificationTokens {
    /// The token of an e-mail about an event at `at`: the same for each attempt to send it.
    pub(crate) fn issue(&self, user: UserId, email: &str, at: DateTime<Utc>) -> SecretString {
        let mut content = user.as_uuid().as_bytes().to_vec();
        content.extend_from_slice(&(at + LIFETIME).timestamp().to_be_bytes());
        content.extend_from_slice(&Sha256::digest(email));
        self.0.seal(&Binding::new(PURPOSE), &content).into()
    }

    fn open(&self, token: &SecretString) -> Option<Verification> {
        let content = self.0.open(&Binding::new(PURPOSE), token.expose_secret())?;
        let (user, rest) = content.split_at_checked(ID)?;
        let (expires_at, email_digest) = rest.split_at_checked(TIME)?;
        Some(Verification {
            user: Uuid::from_slice(user).ok()?.into(),
            expires_at: i64::from_be_bytes(expires_at.try_into().ok()?),
            email_digest: email_digest.to_vec(),
        })
    }
}

impl Verification {
    fn is_of(&self, email: &str, now: DateTime<Utc>) -> bool {
        now.timestamp() < self.expires_at && self.email_digest == Sha256::digest(email).as_slice()
    }
}

impl App {
    /// Marks the address of an account as verified. Once more changes nothing.
    ///
    /// # Errors
    /// `VerificationInvalid`: malformed, altered or expired, or the account or its address is another by now.
    pub(crate) async fn verify_email(&self, token: &SecretString) -> Result<(), Failure> {
        let invalid = || Failure::from(domain::Error::VerificationInvalid);
        let verification = self.verification.open(token).ok_or_else(invalid)?;
        let id = verification.user;
        let user = match self.store.user(id).await {
            Err(Failure::Refused(domain::Error::AccountNotFound)) => return Err(invalid()),
            found => found?,
        };
        let now = self.clock.now();
        if !verification.is_of(&user.email, now) {
            return Err(invalid());
        }
        if !user.email_verified {
            self.store.verify_email(id, &user.email, now).await?;
            tracing::info!(user_id = %id, "e-mail address verified");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;
    const EMAIL: &str = "ada@example.com";

    fn tokens() -> VerificationTokens {
        let config = tokens::Config::with_secret(testkit::TOKEN_SECRET);
        VerificationTokens(Keys::new(&config))
    }

    #[test]
    fn a_token_is_valid_for_its_address_until_it_expires() {
        let user = UserId::generate();
        let token = tokens().issue(user, EMAIL, NOW);
        let verification = tokens().open(&token).unwrap();
        assert_eq!(verification.user, user);
        assert!(verification.is_of(EMAIL, NOW + LIFETIME - Duration::seconds(1)));
        assert!(!verification.is_of(EMAIL, NOW + LIFETIME));
        assert!(!verification.is_of("bob@example.com", NOW));
    }

    #[test]
    fn an_altered_token_is_invalid() {
        let token = tokens().issue(UserId::generate(), EMAIL, NOW);
        let text = token.expose_secret();
        let flipped = if text.starts_with('A') { "B" } else { "A" };
        for altered in [
            String::new(),
            "no token".to_owned(),
            text[..40].to_owned(),
            format!("{flipped}{}", &text[1..]),
            format!("{text}AAAA"),
        ] {
            assert!(
                tokens().open(&altered.as_str().into()).is_none(),
                "{altered}"
            );
        }
    }
}

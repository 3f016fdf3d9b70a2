//! Checks the password of an account, under the limits of failures: at a sign-in, and before a signed-in caller changes
//! the password or the address.

use secrecy::SecretString;

use super::App;
use super::device_tokens::KnownDevice;
use super::passwords::{PasswordCheck, Places};
use super::sessions::Client;
use crate::domain::{self, Caller, Password};
use crate::failure::Failure;
use crate::store::Account;

/// A password that is right.
pub(super) struct Checked {
    /// The known device that it came from.
    pub(super) device: Option<KnownDevice>,
    /// A hash with the current parameters, if the stored one is another.
    pub(super) rehashed: Option<SecretString>,
    /// Held for the next hash of the same request.
    pub(super) places: Places,
}

impl App {
    /// Checks a password for `email`, which may have no account. `None` if it is wrong; then the failure is counted.
    ///
    /// # Errors
    /// `TooManyFailures` or `TooManySignIns`, in the same time whether or not the account exists.
    pub(super) async fn check_password(
        &self,
        email: &str,
        account: Option<&Account>,
        password: Password,
        client: &Client,
    ) -> Result<Option<Checked>, Failure> {
        let now = self.clock.now();
        let device = match (&client.device_token, account) {
            (Some(token), Some(account)) => self.device_tokens.verify(token, account, now),
            _ => None,
        };
        let limits = &self.client_limits;
        let attempt = limits.attempt(email, client.network.as_ref(), device);
        // Held until a failure is counted: so few guesses at the same moment exceed a limit.
        let requesters = attempt.requesters(client.network.clone());
        let places = self.passwords.reserve(requesters)?;
        let buckets = limits.admit(&self.store, attempt, now).await?;
        let stored = account.map(|account| account.password_hash.clone());
        match self.passwords.check(password, stored, &places).await? {
            PasswordCheck::Match { rehashed } => Ok(Some(Checked {
                device,
                rehashed,
                places,
            })),
            PasswordCheck::Mismatch => {
                // Before the answer: no client learns that a guess was wrong before it is counted.
                let now = self.clock.now();
                self.store.fill_throttles(&buckets, now).await?;
                Ok(None)
            }
        }
    }

    /// Checks the password of a signed-in caller.
    ///
    /// # Errors
    /// `PasswordWrong`, `SessionInvalid`, `TooManyFailures`, `TooManySignIns`.
    pub(super) async fn reauthenticate(
        &self,
        account: &Account,
        password: Password,
        client: &Client,
    ) -> Result<Places, Failure> {
        let email = &account.user.email;
        let check = self.check_password(email, Some(account), password, client);
        let checked = check.await?.ok_or(domain::Error::PasswordWrong)?;
        Ok(checked.places)
    }

    /// The account of a caller whose session is live.
    ///
    /// # Errors
    /// `SessionInvalid`.
    pub(super) async fn account_of_caller(&self, caller: Caller) -> Result<Account, Failure> {
        self.store.caller(caller, self.clock.now()).await
    }
}

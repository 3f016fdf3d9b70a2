//! A new password: by its owner who knows the old one, or with a token from an e-mail.

use chassis::call::ClientNetwork;
use secrecy::SecretString;

use super::App;
use super::passwords::Requester;
use super::sessions::Client;
use crate::domain::{self, AccountEvent, Caller, EmailAddress, PasswordChange, new_password};
use crate::failure::Failure;
use crate::store::Owner;

impl App {
    /// Replaces the caller's password. All other sessions end, and the owner is notified.
    ///
    /// # Errors
    /// `Invalid`, `PasswordWrong`, `SessionInvalid`, `TooManyFailures`, `TooManySignIns`.
    pub(crate) async fn change_password(
        &self,
        caller: Caller,
        current: SecretString,
        new: SecretString,
        client: Client,
    ) -> Result<(), Failure> {
        let account = self.account_of_caller(caller).await?;
        let PasswordChange { current, new } =
            PasswordChange::new(current, new, &account.user).map_err(domain::Error::from)?;
        let places = self.reauthenticate(&account, current, &client).await?;
        let password_hash = self.passwords.hash(new, &places).await?;
        let (app, now) = (self.clone(), self.clock.now());
        let work = self.store.database.transaction(async move |conn| {
            let locked = app.store.lock_caller(conn, caller, now).await?;
            // What was checked is another password by now.
            if locked.credentials_version != account.credentials_version {
                return Err(domain::Error::PasswordWrong.into());
            }
            let store = &app.store;
            store
                .set_password(conn, caller.user, &password_hash, now)
                .await?;
            let keep = Some(caller.session);
            store.end_sessions_of(conn, caller.user, keep, now).await?;
            app.notify_of_account(conn, caller.user, AccountEvent::PasswordChanged)
                .await?;
            Ok::<_, Failure>(())
        });
        Box::pin(work).await?;
        self.wake_email_sender();
        tracing::info!(user_id = %caller.user, "password changed");
        Ok(())
    }

    /// Mails the owner of an address a token that replaces the password, if the address has an account. Otherwise does the
    /// same work.
    pub(crate) async fn request_password_reset(
        &self,
        email: EmailAddress,
        network: Option<ClientNetwork>,
    ) -> Result<(), Failure> {
        let event = |owner: &Owner| {
            let credentials = owner.credentials_version;
            Some(AccountEvent::PasswordResetRequested { credentials })
        };
        self.request_mail(email, network, event).await
    }

    /// Replaces the password of the account that a token is for. It was read in the mailbox, so the address is confirmed,
    /// too. All sessions end, and the owner is notified. A second factor stays.
    ///
    /// # Errors
    /// `PasswordResetInvalid`, `Invalid`, `TooManySignIns`.
    pub(crate) async fn reset_password(
        &self,
        token: &SecretString,
        new: SecretString,
        network: Option<ClientNetwork>,
    ) -> Result<(), Failure> {
        let invalid = || Failure::from(domain::Error::PasswordResetInvalid);
        let opened = self.links.open_password_reset(token, self.clock.now());
        let link = opened.ok_or_else(invalid)?;
        // Before the password is hashed: anyone can send tokens.
        let account = self.store.account(link.user).await?.ok_or_else(invalid)?;
        if account.credentials_version != link.credentials {
            return Err(invalid());
        }
        let new = new_password(new, &account.user).map_err(domain::Error::from)?;
        let requester = Requester::Network(network);
        let places = self.passwords.reserve(vec![requester])?;
        let password_hash = self.passwords.hash(new, &places).await?;
        let (app, now) = (self.clone(), self.clock.now());
        let work = self.store.database.transaction(async move |conn| {
            let store = &app.store;
            let locked = store.lock_user(conn, link.user).await?;
            if locked.credentials_version != link.credentials {
                return Err(domain::Error::PasswordResetInvalid.into());
            }
            store
                .set_password(conn, link.user, &password_hash, now)
                .await?;
            store.confirm_email(conn, link.user, now).await?;
            store.end_sessions_of(conn, link.user, None, now).await?;
            app.notify_of_account(conn, link.user, AccountEvent::PasswordReset)
                .await?;
            Ok::<_, Failure>(())
        });
        Box::pin(work).await?;
        self.wake_email_sender();
        tracing::info!(user_id = %link.user, "password reset");
        Ok(())
    }
}

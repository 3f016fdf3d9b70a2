//! Another e-mail address for an account. The link in an e-mail to the new address makes the change.

use secrecy::SecretString;

use super::App;
use super::sessions::Client;
use crate::domain::{self, AccountEvent, Caller, EmailChangeRequest};
use crate::failure::Failure;
use crate::metrics::{MailKind, MailOutcome, USER_MAILS};
use crate::store::Store;

impl App {
    /// Mails the new address a link that makes the change. If it has an account already, its owner is notified instead, and
    /// the caller does not learn it.
    ///
    /// # Errors
    /// `Invalid`, `PasswordWrong`, `SessionInvalid`, `TooManyFailures`, `TooManySignIns`.
    pub(crate) async fn request_email_change(
        &self,
        caller: Caller,
        password: SecretString,
        email: &str,
        client: Client,
    ) -> Result<(), Failure> {
        let account = self.account_of_caller(caller).await?;
        let EmailChangeRequest { password, email } =
            EmailChangeRequest::new(password, email, &account.user).map_err(domain::Error::from)?;
        let _places = self.reauthenticate(&account, password, &client).await?;
        if self.email_sender.is_none() {
            return Ok(());
        }
        let (app, now) = (self.clone(), self.clock.now());
        let limits = &self.client_limits;
        let buckets = limits.mails_to(client.network.as_ref(), email.as_str());
        let work = self.store.database.transaction(async move |conn| {
            let is_open = Store::take_throttles(conn, &buckets, now).await?;
            // One of the two accounts is locked, never both: two callers could name the address of each other.
            if let Some(owner) = Store::lock_owner(conn, email.as_str()).await? {
                let event = AccountEvent::AddressClaimed;
                let is_mailed = is_open && app.notify_of_account(conn, owner.id, event).await?;
                return Ok((event, is_mailed));
            }
            let locked = app.store.lock_caller(conn, caller, now).await?;
            let event = AccountEvent::EmailChangeRequested {
                credentials: locked.credentials_version,
                session: caller.session,
            };
            let new = email.as_str();
            let is_mailed = is_open && app.notify_at(conn, caller.user, event, new).await?;
            Ok::<_, Failure>((event, is_mailed))
        });
        match Box::pin(work).await? {
            (event, false) => USER_MAILS
                .of((MailKind::from(event), MailOutcome::Skipped))
                .inc(),
            _ => self.wake_email_sender(),
        }
        Ok(())
    }

    /// Gives an account the address that a token is for, which is confirmed by that. All sessions end but the one that asked
    /// for it, and the earlier address is notified.
    ///
    /// # Errors
    /// `EmailChangeInvalid`; `EmailTaken` if another account got the address in the meantime.
    pub(crate) async fn confirm_email_change(&self, token: &SecretString) -> Result<(), Failure> {
        let invalid = || Failure::from(domain::Error::EmailChangeInvalid);
        let opened = self.links.open_email_change(token, self.clock.now());
        let change = opened.ok_or_else(invalid)?;
        let (app, now) = (self.clone(), self.clock.now());
        let link = change.link;
        let work = self.store.database.transaction(async move |conn| {
            let store = &app.store;
            let before = match store.lock_user(conn, link.user).await {
                Err(Failure::Refused(domain::Error::AccountNotFound)) => return Err(invalid()),
                found => found?,
            };
            if before.credentials_version != link.credentials {
                return Err(invalid());
            }
            store
                .change_email(conn, link.user, &change.email, now)
                .await?;
            // Its token was mailed to the earlier address, and would give the account to who reads that.
            store.withdraw_invitation(conn, link.user).await?;
            let keep = Some(change.session);
            store.end_sessions_of(conn, link.user, keep, now).await?;
            let earlier = &before.user.email;
            app.notify_at(conn, link.user, AccountEvent::EmailChanged, earlier)
                .await?;
            Ok::<_, Failure>(())
        });
        Box::pin(work).await?;
        self.wake_email_sender();
        tracing::info!(user_id = %link.user, "e-mail address changed");
        Ok(())
    }
}

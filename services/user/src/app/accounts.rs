use kernel::{Groups, UserId};

use super::App;
use super::passwords::Requester;
use super::sessions::Client;
use crate::domain::{AccountEvent, Registration, Role, User};
use crate::failure::Failure;
use crate::metrics::{MailKind, MailOutcome, USER_MAILS, USER_SIGN_UPS};
use crate::store::{PasswordHolder, Store};

impl App {
    /// Creates a customer account, unless the address has one. Either way the caller gets the same answer after the same
    /// work, and the owner of the address an e-mail that says which it was.
    ///
    /// # Errors
    /// `TooManySignIns`.
    pub(crate) async fn register(
        &self,
        registration: Registration,
        client: Client,
    ) -> Result<(), Failure> {
        let requester = Requester::Network(client.network.clone());
        let places = self.passwords.reserve(vec![requester])?;
        let password_hash = self.passwords.hash(registration.password, &places).await?;
        let user = User {
            id: UserId::generate(),
            email: registration.email.into_string(),
            display_name: registration.display_name,
            role: Role::Customer,
            groups: Groups::NONE,
            created_at: self.clock.now(),
            email_verified: false,
        };
        let is_mailable = match self.email_sender {
            Some(_) => {
                let (limits, network) = (&self.client_limits, client.network.as_ref());
                limits
                    .count_registration_mail(&self.store, network, user.created_at)
                    .await?
            }
            None => false,
        };
        let (app, id) = (self.clone(), user.id);
        let work = self.store.database.transaction(async move |conn| {
            let is_new =
                Store::insert_user(conn, &user, &password_hash, PasswordHolder::Owner).await?;
            let owner = if is_new {
                Some(user.id)
            } else {
                Store::lock_user_by_email(conn, &user.email).await?
            };
            let event = if is_new {
                AccountEvent::Registered
            } else {
                AccountEvent::RegisteredAgain
            };
            // Without an owner, the account was deleted at this moment.
            let is_mailed = match owner {
                Some(owner) if is_mailable => app.notify_of_account(conn, owner, event).await?,
                _ => false,
            };
            Ok::<_, Failure>((event, is_mailed))
        });
        let (event, is_mailed) = Box::pin(work).await?;
        if event == AccountEvent::Registered {
            USER_SIGN_UPS.inc();
            tracing::info!(user_id = %id, "account created");
        }
        match &self.email_sender {
            Some(sender) if is_mailed => sender.wake(),
            _ => USER_MAILS
                .of((MailKind::from(event), MailOutcome::Skipped))
                .inc(),
        }
        Ok(())
    }

    /// Creates an account with `role`, for staff with `groups`, and a verified address, without an e-mail: for an operator
    /// who vouches for it. False if the address has an account, which is not changed.
    ///
    /// # Errors
    /// `TooManySignIns`.
    pub(crate) async fn create_account(
        &self,
        registration: Registration,
        role: Role,
        groups: Groups,
    ) -> Result<bool, Failure> {
        let places = self.passwords.reserve(Vec::new())?;
        let password_hash = self.passwords.hash(registration.password, &places).await?;
        let user = User {
            id: UserId::generate(),
            email: registration.email.into_string(),
            display_name: registration.display_name,
            role,
            groups,
            created_at: self.clock.now(),
            email_verified: true,
        };
        let work = self.store.database.transaction(async move |conn| {
            Store::insert_user(conn, &user, &password_hash, PasswordHolder::Owner).await
        });
        work.await
    }

    /// The account of a normalized e-mail address.
    pub(crate) async fn account_of(&self, email: &str) -> Result<Option<User>, Failure> {
        let account = self.store.account_by_email(email).await?;
        Ok(account.map(|account| account.user))
    }

    /// # Errors
    /// `AccountNotFound`.
    pub(crate) async fn account(&self, id: UserId) -> Result<User, Failure> {
        self.store.user(id).await
    }

    /// Changes what is given of the caller's profile, and returns the account.
    ///
    /// # Errors
    /// `AccountNotFound`.
    pub(crate) async fn update_profile(
        &self,
        id: UserId,
        display_name: Option<String>,
    ) -> Result<User, Failure> {
        match display_name {
            Some(name) => self.store.rename(id, &name).await,
            None => self.account(id).await,
        }
    }
}

//! Staff accounts: invite, accept, change groups, remove. Each is on record in its transaction.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;
use kernel::{Groups, UserId};
use operations::Action;
use secrecy::SecretString;
use serde_json::{Value, json};
use uuid::Uuid;

use super::App;
use crate::domain::{
    self, AccountEvent, MAX_STAFF, Password, Registration, Role, StaffMember, User,
    invitation_expires_at, keep_an_admin, others_groups,
};
use crate::failure::Failure;
use crate::store::{Account, NewInvitation, PasswordHolder, Store};

mod invitation_tokens;

pub(crate) use invitation_tokens::InvitationTokens;
use invitation_tokens::{hash, unknown_password, unknown_text};

/// An invitation. No `Debug`, because it holds a secret.
pub(crate) struct Invited {
    pub(crate) user: UserId,
    pub(crate) token: SecretString,
    pub(crate) expires_at: DateTime<Utc>,
    /// False if mail is off: somebody must hand the token over.
    pub(crate) is_mailed: bool,
}

impl App {
    /// Invites the owner of an address to become staff in these groups. An earlier invitation becomes invalid. An address
    /// without an account gets one, whose password nobody knows.
    ///
    /// The token sets the password, so only the owner of an account may get it. Without mail, an admin cannot invite an
    /// account that has an owner; the command line, whose operator has the database, can.
    ///
    /// # Errors
    /// `AlreadyStaff`, `StaffLimitReached`, `InvitationNotMailed`, `InvitationNeedsMail`, `NotAdmin`, `TooManySignIns`.
    pub(crate) async fn invite_staff(
        &self,
        email: &str,
        groups: Groups,
        by: UserId,
    ) -> Result<Invited, Failure> {
        let now = self.clock.now();
        if self.store.staff(now).await?.len() >= MAX_STAFF {
            return Err(domain::Error::StaffLimitReached.into());
        }
        let registration = registration(email, unknown_text()?, "Staff")?;
        let password_hash = self.hash(registration.password).await?;
        // An account for an address that has none. The address is verified when the invitation is accepted.
        let new = User {
            id: UserId::generate(),
            email: registration.email.into_string(),
            display_name: registration.display_name,
            role: Role::Customer,
            groups: Groups::NONE,
            created_at: now,
            email_verified: false,
        };
        let (id, expires_at) = (Uuid::now_v7(), invitation_expires_at(now));
        let app = self.clone();
        let work = self.store.database.transaction(async move |conn| {
            still_admin(&app.store.lock_admins(conn).await?, by)?;
            let account =
                match Store::insert_user(conn, &new, &password_hash, PasswordHolder::Nobody).await?
                {
                    true => Some(new.id),
                    false => Store::lock_user_by_email(conn, &new.email).await?,
                };
            // Without an account, it was deleted at this moment.
            let account = account.ok_or(domain::Error::AccountNotFound)?;
            // Locks the account, so that of two invitations the later one counts.
            let Account {
                user,
                password_holder,
                ..
            } = app.store.lock_user(conn, account).await?;
            if user.role == Role::Staff {
                return Err(domain::Error::AlreadyStaff.into());
            }
            let invitation = NewInvitation {
                id,
                user: account,
                token_hash: app.invitation_tokens.hash_of(id),
                groups,
                expires_at,
            };
            app.store.put_invitation(conn, invitation).await?;
            let action = Action::new("staff.invite", account.to_string(), by);
            operations::record(conn, &action.created(of(groups))).await?;
            let event = AccountEvent::StaffInvited { invitation: id };
            let is_mailed = app.notify_of_account(conn, account, event).await?;
            // Or the caller would get the token, and with it the account of somebody else.
            if app.email_sender.is_some() && !is_mailed {
                return Err(domain::Error::InvitationNotMailed.into());
            }
            let is_owned = password_holder == PasswordHolder::Owner;
            if !is_mailed && is_owned && by != operations::command_line() {
                return Err(domain::Error::InvitationNeedsMail.into());
            }
            Ok::<_, Failure>((account, is_mailed))
        });
        let (user, is_mailed) = Box::pin(work).await?;
        if let Some(sender) = &self.email_sender {
            sender.wake();
        }
        tracing::info!(user_id = %user, %groups, "staff invited");
        Ok(Invited {
            user,
            token: self.invitation_tokens.token_of(id),
            expires_at,
            is_mailed,
        })
    }

    /// Makes the invited account staff, with this password and name. Its earlier sessions and its earlier second factor
    /// end.
    ///
    /// # Errors
    /// `InvitationInvalid`: unknown, used or expired; `Invalid`; `TooManySignIns`.
    pub(crate) async fn accept_invitation(
        &self,
        token: &SecretString,
        password: SecretString,
        display_name: &str,
    ) -> Result<User, Failure> {
        let token = hash(token).ok_or(domain::Error::InvitationInvalid)?;
        let now = self.clock.now();
        // Before the password is hashed: anyone can send tokens.
        let invited = self.store.invited(token, now).await?;
        let (user, email) = invited.ok_or(domain::Error::InvitationInvalid)?;
        let registration = registration(&email, password, display_name)?;
        let display_name = registration.display_name;
        let password_hash = self.hash(registration.password).await?;
        let store = self.store.clone();
        let work = self.store.database.transaction(async move |conn| {
            // The account first, as every transaction here does.
            store.lock_user(conn, user).await?;
            let taken = store.take_invitation(conn, user, token, now).await?;
            let groups = taken.ok_or(domain::Error::InvitationInvalid)?;
            store
                .make_staff(conn, user, groups, &display_name, &password_hash, now)
                .await?;
            let action = Action::new("staff.join", user.to_string(), user);
            operations::record(conn, &action.created(of(groups))).await?;
            store.user_in(conn, user).await
        });
        let user = work.await?;
        tracing::info!(user_id = %user.id, "invitation accepted");
        Ok(user)
    }

    /// Replaces the groups of a staff member. Their tokens have the new ones after `sessions.staff_access_token_s` at most.
    ///
    /// # Errors
    /// `StaffNotFound`, `NotAdmin`, `OwnGroups`, `LastAdmin`.
    pub(crate) async fn change_staff_groups(
        &self,
        user: UserId,
        groups: Groups,
        by: UserId,
    ) -> Result<(), Failure> {
        let store = self.store.clone();
        let work = self.store.database.transaction(async move |conn| {
            let admins = store.lock_admins(conn).await?;
            let member = member(&store, conn, user).await?;
            if member.role != Role::Staff {
                return Err(domain::Error::StaffNotFound.into());
            }
            still_admin(&admins, by)?;
            others_groups(by, user)?;
            keep_an_admin(&admins, user, groups)?;
            store.set_groups(conn, user, groups).await?;
            let action = Action::new("staff.change_groups", user.to_string(), by);
            let action = action.changed(of(member.groups), of(groups));
            operations::record(conn, &action).await?;
            Ok::<_, Failure>(())
        });
        work.await?;
        tracing::info!(user_id = %user, %groups, "groups of staff changed");
        Ok(())
    }

    /// Removes a staff member, or withdraws an invitation. All sessions end at once; access tokens expire after
    /// `sessions.staff_access_token_s` at most. The account remains as that of a customer, whose password nobody knows.
    ///
    /// # Errors
    /// `StaffNotFound`, `NotAdmin`, `LastAdmin`, `TooManySignIns`.
    pub(crate) async fn remove_staff(&self, user: UserId, by: UserId) -> Result<(), Failure> {
        let password_hash = self.hash(unknown_password()?).await?;
        let (store, now) = (self.store.clone(), self.clock.now());
        let work = self.store.database.transaction(async move |conn| {
            let admins = store.lock_admins(conn).await?;
            let member = member(&store, conn, user).await?;
            let invited = store.withdraw_invitation(conn, user).await?;
            let was_staff = member.role == Role::Staff;
            if !was_staff && invited.is_none() {
                return Err(domain::Error::StaffNotFound.into());
            }
            still_admin(&admins, by)?;
            if was_staff {
                keep_an_admin(&admins, user, Groups::NONE)?;
                store.remove_staff(conn, user, &password_hash, now).await?;
            }
            let action = Action::new("staff.remove", user.to_string(), by);
            let groups = invited.filter(|_| !was_staff).unwrap_or(member.groups);
            operations::record(conn, &action.removed(of(groups))).await?;
            Ok::<_, Failure>(())
        });
        work.await?;
        tracing::info!(user_id = %user, "staff removed");
        Ok(())
    }

    /// Staff and those who are invited, oldest account first, at most [`MAX_STAFF`].
    pub(crate) async fn staff(&self) -> Result<Vec<StaffMember>, Failure> {
        self.store.staff(self.clock.now()).await
    }

    async fn hash(&self, password: Password) -> Result<SecretString, Failure> {
        let places = self.passwords.reserve(Vec::new())?;
        self.passwords.hash(password, &places).await
    }
}

/// Whether the caller is an admin now: an access token outlives the removal of its owner by some minutes.
fn still_admin(admins: &[UserId], by: UserId) -> Result<(), domain::Error> {
    match by == operations::command_line() || admins.contains(&by) {
        true => Ok(()),
        false => Err(domain::Error::NotAdmin),
    }
}

/// An account, locked. One that does not exist is no staff member.
async fn member(
    store: &Store,
    conn: &mut AsyncPgConnection,
    user: UserId,
) -> Result<User, Failure> {
    match store.lock_user(conn, user).await {
        Err(Failure::Refused(domain::Error::AccountNotFound)) => {
            Err(domain::Error::StaffNotFound.into())
        }
        found => Ok(found?.user),
    }
}

fn registration(
    email: &str,
    password: SecretString,
    display_name: &str,
) -> Result<Registration, domain::Error> {
    Ok(Registration::new(email, password, display_name)?)
}

/// The groups in a record.
fn of(groups: Groups) -> Value {
    json!({ "groups": groups.names() })
}

//! Staff accounts and invitations.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Bool, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::{Groups, UserId};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::Store;
use super::users::{groups_of, names_of};
use crate::domain::{MAX_STAFF, StaffMember};
use crate::failure::Failure;
use crate::schema::{second_factors, staff_invitations, users};

/// An invitation to store.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewInvitation {
    pub(crate) id: Uuid,
    pub(crate) user: UserId,
    /// SHA-256 of the token.
    pub(crate) token_hash: [u8; 32],
    pub(crate) groups: Groups,
    pub(crate) expires_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct StaffRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    email: String,
    #[diesel(sql_type = Text)]
    display_name: String,
    #[diesel(sql_type = Array<Nullable<Text>>)]
    staff_groups: Vec<Option<String>>,
    #[diesel(sql_type = Bool)]
    second_factor: bool,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    invited_until: Option<DateTime<Utc>>,
}

impl From<StaffRow> for StaffMember {
    fn from(row: StaffRow) -> Self {
        Self {
            id: row.id.into(),
            email: row.email,
            display_name: row.display_name,
            groups: groups_of(&row.staff_groups),
            second_factor: row.second_factor,
            invited_until: row.invited_until,
        }
    }
}

impl Store {
    /// Staff and those who are invited, oldest account first.
    pub(crate) async fn staff(&self, now: DateTime<Utc>) -> Result<Vec<StaffMember>, Failure> {
        let mut conn = self.database.get().await?;
        let rows: Vec<StaffRow> = sql_query(
            "SELECT u.id, u.email, u.display_name,
                    CASE WHEN u.role = 'staff' THEN u.staff_groups ELSE i.staff_groups END AS staff_groups,
                    f.sealed_secret IS NOT NULL AS second_factor,
                    CASE WHEN u.role <> 'staff' THEN i.expires_at END AS invited_until
             FROM users u
             LEFT JOIN staff_invitations i ON i.user_id = u.id AND i.expires_at > $1
             LEFT JOIN second_factors f ON f.user_id = u.id
             WHERE u.role = 'staff' OR i.user_id IS NOT NULL
             ORDER BY u.id
             LIMIT $2",
        )
        .bind::<Timestamptz, _>(now)
        .bind::<Integer, _>(i32::try_from(MAX_STAFF).unwrap_or(i32::MAX))
        .load(&mut conn)
        .await?;
        Ok(rows.into_iter().map(StaffMember::from).collect())
    }

    /// The admins, locked in the order of their ids: of two changes that would remove the last two, the second one waits
    /// and sees the first.
    pub(crate) async fn lock_admins(
        &self,
        conn: &mut AsyncPgConnection,
    ) -> Result<Vec<UserId>, Failure> {
        #[derive(QueryableByName)]
        struct Admin {
            #[diesel(sql_type = SqlUuid)]
            id: Uuid,
        }
        let admins: Vec<Admin> = sql_query(
            "SELECT id FROM users WHERE role = 'staff' AND staff_groups @> ARRAY['admin']
             ORDER BY id FOR UPDATE",
        )
        .load(conn)
        .await?;
        Ok(admins.into_iter().map(|admin| admin.id.into()).collect())
    }

    /// Sets the groups of a staff member.
    pub(crate) async fn set_groups(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        groups: Groups,
    ) -> Result<(), Failure> {
        diesel::update(users::table.find(user.as_uuid()))
            .set(users::staff_groups.eq(names_of(groups)))
            .execute(conn)
            .await?;
        Ok(())
    }

    /// Makes an account staff, with this name and password and without a second factor. Its sessions end.
    pub(crate) async fn make_staff(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        groups: Groups,
        display_name: &str,
        password_hash: &SecretString,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        diesel::update(users::table.find(user.as_uuid()))
            .set((
                users::role.eq("staff"),
                users::staff_groups.eq(names_of(groups)),
                users::display_name.eq(display_name),
                users::password_hash.eq(password_hash.expose_secret()),
                users::devices_known_since.eq(now),
                users::password_unset.eq(false),
                users::credentials_version.eq(users::credentials_version + 1),
                // The token was mailed to the address.
                users::email_verified_at.eq(now),
            ))
            .execute(conn)
            .await?;
        self.forget_second_factor(conn, user).await?;
        self.end_sessions_of(conn, user, None, now).await?;
        Ok(())
    }

    /// Makes a staff account that of a customer, whose password nobody knows. Its sessions end.
    pub(crate) async fn remove_staff(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        password_hash: &SecretString,
        now: DateTime<Utc>,
    ) -> Result<(), Failure> {
        diesel::update(users::table.find(user.as_uuid()))
            .set((
                users::role.eq("customer"),
                users::staff_groups.eq(names_of(Groups::NONE)),
                users::password_hash.eq(password_hash.expose_secret()),
                users::password_unset.eq(true),
                users::credentials_version.eq(users::credentials_version + 1),
                users::devices_known_since.eq(now),
            ))
            .execute(conn)
            .await?;
        self.forget_second_factor(conn, user).await?;
        self.end_sessions_of(conn, user, None, now).await?;
        Ok(())
    }

    /// Stores an invitation; it replaces an earlier one of the account.
    pub(crate) async fn put_invitation(
        &self,
        conn: &mut AsyncPgConnection,
        new: NewInvitation,
    ) -> Result<(), Failure> {
        let content = (
            staff_invitations::id.eq(new.id),
            staff_invitations::token_hash.eq(new.token_hash.to_vec()),
            staff_invitations::staff_groups.eq(names_of(new.groups)),
            staff_invitations::expires_at.eq(new.expires_at),
        );
        diesel::insert_into(staff_invitations::table)
            .values((
                staff_invitations::user_id.eq(new.user.as_uuid()),
                content.clone(),
            ))
            .on_conflict(staff_invitations::user_id)
            .do_update()
            .set(content)
            .execute(conn)
            .await?;
        Ok(())
    }

    /// The account and the address that the invitation with this token is for; `None` if there is none, or it has
    /// expired.
    pub(crate) async fn invited(
        &self,
        token_hash: [u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Option<(UserId, String)>, Failure> {
        let mut conn = self.database.get().await?;
        let invited: Option<(Uuid, String)> = staff_invitations::table
            .inner_join(users::table)
            .filter(staff_invitations::token_hash.eq(token_hash.to_vec()))
            .filter(staff_invitations::expires_at.gt(now))
            .select((users::id, users::email))
            .first(&mut conn)
            .await
            .optional()?;
        Ok(invited.map(|(user, email)| (user.into(), email)))
    }

    /// Deletes the invitation of an account with this token, and returns its groups; `None` if there is none, or it has
    /// expired. Of two calls with one token, the second finds none.
    pub(crate) async fn take_invitation(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
        token_hash: [u8; 32],
        now: DateTime<Utc>,
    ) -> Result<Option<Groups>, Failure> {
        let valid = staff_invitations::table
            .find(user.as_uuid())
            .filter(staff_invitations::token_hash.eq(token_hash.to_vec()))
            .filter(staff_invitations::expires_at.gt(now));
        let taken: Option<Vec<Option<String>>> = diesel::delete(valid)
            .returning(staff_invitations::staff_groups)
            .get_result(conn)
            .await
            .optional()?;
        Ok(taken.map(|groups| groups_of(&groups)))
    }

    /// Withdraws the invitation of an account, and returns its groups; `None` if there is none.
    pub(crate) async fn withdraw_invitation(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
    ) -> Result<Option<Groups>, Failure> {
        let withdrawn: Option<Vec<Option<String>>> =
            diesel::delete(staff_invitations::table.find(user.as_uuid()))
                .returning(staff_invitations::staff_groups)
                .get_result(conn)
                .await
                .optional()?;
        Ok(withdrawn.map(|groups| groups_of(&groups)))
    }

    async fn forget_second_factor(
        &self,
        conn: &mut AsyncPgConnection,
        user: UserId,
    ) -> Result<(), Failure> {
        diesel::delete(second_factors::table.find(user.as_uuid()))
            .execute(conn)
            .await?;
        Ok(())
    }
}

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types;
use diesel_async::RunQueryDsl;
use kernel::UserId;
use persistence::prepared;
use uuid::Uuid;

use super::Store;
use crate::domain::{Customer, EmailPrefix};
use crate::failure::Failure;

#[derive(QueryableByName)]
struct CustomerRow {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = sql_types::Text)]
    email: String,
    #[diesel(sql_type = sql_types::Text)]
    display_name: String,
    #[diesel(sql_type = sql_types::Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = sql_types::Bool)]
    email_verified: bool,
}

#[derive(QueryableByName)]
struct CustomerDetails {
    #[diesel(embed)]
    customer: CustomerRow,
    #[diesel(sql_type = sql_types::BigInt)]
    open_sessions: i64,
}

impl From<CustomerRow> for Customer {
    fn from(row: CustomerRow) -> Self {
        Self {
            id: row.id.into(),
            email: row.email,
            display_name: row.display_name,
            created_at: row.created_at,
            email_verified: row.email_verified,
        }
    }
}

impl Store {
    /// A page of the accounts of customers, newest first, after the one with the id `after`; and whether there are more.
    pub(crate) async fn customers(
        &self,
        prefix: &EmailPrefix,
        after: Option<Uuid>,
        size: u32,
    ) -> Result<(Vec<Customer>, bool), Failure> {
        let mut conn = self.database.get().await?;
        let first = prefix.as_str();
        // The operators compare bytes, as users_email_prefix_idx does. No address has a character after the last of Unicode.
        let end = format!("{first}\u{10FFFF}");
        let mut rows: Vec<CustomerRow> = prepared(
            "SELECT id, email, display_name, created_at, email_verified_at IS NOT NULL AS email_verified
             FROM users
             WHERE role = 'customer' AND email ~>=~ $1 AND email ~<~ $2 AND id < $3
             ORDER BY id DESC
             LIMIT $4",
        )
        .bind::<sql_types::Text, _>(first)
        .bind::<sql_types::Text, _>(&end)
        .bind::<sql_types::Uuid, _>(after.unwrap_or(Uuid::max()))
        .bind::<sql_types::BigInt, _>(i64::from(size) + 1)
        .load(&mut conn)
        .await?;
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let more = rows.len() > size;
        rows.truncate(size);
        Ok((rows.into_iter().map(Customer::from).collect(), more))
    }

    /// The account of a customer, and how many of its sessions have not ended; none for an account of staff.
    pub(crate) async fn customer(
        &self,
        id: UserId,
        now: DateTime<Utc>,
    ) -> Result<Option<(Customer, u32)>, Failure> {
        let mut conn = self.database.get().await?;
        let row: Option<CustomerDetails> = prepared(
            "SELECT id, email, display_name, created_at, email_verified_at IS NOT NULL AS email_verified,
                (SELECT count(*) FROM sessions
                 WHERE user_id = users.id AND revoked_at IS NULL AND expires_at > $2) AS open_sessions
             FROM users
             WHERE id = $1 AND role = 'customer'",
        )
        .bind::<sql_types::Uuid, _>(id.as_uuid())
        .bind::<sql_types::Timestamptz, _>(now)
        .get_result(&mut conn)
        .await
        .optional()?;
        Ok(row.map(|row| {
            let sessions = u32::try_from(row.open_sessions).unwrap_or(u32::MAX);
            (row.customer.into(), sessions)
        }))
    }
}

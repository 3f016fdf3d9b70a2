//! The table `notifications`: e-mails to customers.

use std::time::Duration;

use chassis::telemetry::TraceContext;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types;
use diesel_async::RunQueryDsl;
use kernel::OrderId;
use leases::{By, Lease, Table};
use serde::Deserialize;
use uuid::Uuid;

use super::Store;
use crate::domain::{About, AccountEvent, Notification, OrderEvent};

mod insert;

const NOTIFICATIONS: Table = Table::new("notifications").open("finished_at IS NULL");

/// A leased notification and its recipient. No `Debug`, because it holds personal data.
pub(crate) struct Leased {
    pub(crate) notification: Notification,
    pub(crate) email: String,
    pub(crate) display_name: String,
    pub(crate) email_verified: bool,
    /// The number of the attempt, from 1.
    pub(crate) attempt: i32,
    /// The trace of the message that caused it.
    pub(crate) trace: Option<TraceContext>,
}

impl Leased {
    fn lease(&self) -> Lease<Uuid> {
        Lease {
            key: self.notification.id,
            attempt: self.attempt,
        }
    }
}

#[derive(QueryableByName)]
struct LeasedRow {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = sql_types::Uuid)]
    user_id: Uuid,
    #[diesel(sql_type = sql_types::Uuid)]
    order_id: Uuid,
    #[diesel(sql_type = sql_types::Jsonb)]
    event: serde_json::Value,
    #[diesel(sql_type = sql_types::Timestamptz)]
    happened_at: DateTime<Utc>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    traceparent: Option<String>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    tracestate: Option<String>,
    #[diesel(sql_type = sql_types::Integer)]
    attempts: i32,
    #[diesel(sql_type = sql_types::Text)]
    email: String,
    #[diesel(sql_type = sql_types::Text)]
    display_name: String,
    #[diesel(sql_type = sql_types::Bool)]
    email_verified: bool,
}

impl LeasedRow {
    /// `None` for an event of a newer version, which its replicas will read.
    fn into_leased(self) -> Option<Leased> {
        let about = match about(self.event, self.order_id.into()) {
            Ok(about) => about,
            Err(error) => {
                tracing::error!(notification_id = %self.id, %error, "cannot decode a stored event");
                return None;
            }
        };
        Some(Leased {
            notification: Notification {
                id: self.id,
                customer: self.user_id.into(),
                about,
                happened_at: self.happened_at,
            },
            email: self.email,
            display_name: self.display_name,
            email_verified: self.email_verified,
            attempt: self.attempts,
            trace: TraceContext::from_stored(self.traceparent, self.tracestate),
        })
    }
}

/// Reads the columns `event` and `order_id`.
fn about(event: serde_json::Value, order: OrderId) -> Result<About, serde_json::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Stored {
        Account(AccountEvent),
        Order(OrderEvent),
    }
    Ok(match serde_json::from_value(event)? {
        Stored::Account(event) => About::Account(event),
        Stored::Order(event) => About::Order(order, event),
    })
}

/// The final state of a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeliveryOutcome {
    /// The mail server accepted the e-mail.
    Sent,
    /// The mail server rejected the e-mail permanently.
    Refused,
    /// No attempt succeeded in time.
    Failed,
}

impl DeliveryOutcome {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// The unfinished notifications.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub(crate) struct Pending {
    #[diesel(sql_type = sql_types::BigInt)]
    pub(crate) count: i64,
    /// Age of the oldest one.
    #[diesel(sql_type = sql_types::Double)]
    pub(crate) oldest_seconds: f64,
}

impl Store {
    /// Leases notifications that are due.
    pub(crate) async fn lease_notifications(
        &self,
        limit: usize,
        time: Duration,
    ) -> Result<Vec<Leased>, persistence::Error> {
        let mut conn = self.database.get().await?;
        let select =
            "SELECT leased.id, user_id, order_id, event, happened_at, traceparent, tracestate,
                             attempts, coalesce(leased.recipient, email) AS email, display_name,
                             email_verified_at IS NOT NULL AS email_verified
                      FROM leased JOIN users ON users.id = leased.user_id";
        let rows: Vec<LeasedRow> = NOTIFICATIONS.lease(&mut conn, limit, time, select).await?;
        Ok(rows
            .into_iter()
            .filter_map(LeasedRow::into_leased)
            .collect())
    }

    /// Postpones an attempt, unless another replica holds the lease.
    pub(crate) async fn postpone_notification(
        &self,
        leased: &Leased,
        delay: Duration,
        why: &str,
    ) -> Result<(), persistence::Error> {
        let mut conn = self.database.get().await?;
        let postpone = NOTIFICATIONS.postpone(leased.lease(), delay, Some(why), &[]);
        postpone.execute(&mut conn).await?;
        Ok(())
    }

    /// Stores the outcome of a notification. `Sent` is stored even after the lease expired, so that no
    /// replica sends it again; the other outcomes need the lease. False if it was already finished, or
    /// deleted with its account.
    pub(crate) async fn finish_notification(
        &self,
        leased: &Leased,
        outcome: DeliveryOutcome,
        why: Option<&str>,
    ) -> Result<bool, persistence::Error> {
        let mut conn = self.database.get().await?;
        let by = match outcome {
            DeliveryOutcome::Sent => By::Anyone,
            DeliveryOutcome::Refused | DeliveryOutcome::Failed => By::Holder,
        };
        let set = "status = $4, finished_at = clock_timestamp(), recipient = NULL,
                   last_error = CASE WHEN $4 <> 'sent' THEN coalesce($5, last_error) END";
        let ended = NOTIFICATIONS
            .finish(leased.lease(), by, set)
            .bind::<sql_types::Text, _>(outcome.name())
            .bind::<sql_types::Nullable<sql_types::Text>, _>(why)
            .execute(&mut conn)
            .await?;
        Ok(ended == 1)
    }

    /// Number and age of the unfinished notifications.
    pub(crate) async fn pending_notifications(&self) -> Result<Pending, persistence::Error> {
        let mut conn = self.database.get().await?;
        let pending = sql_query(
            "SELECT count(*) AS count,
                    coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8
                        AS oldest_seconds
             FROM notifications WHERE finished_at IS NULL",
        )
        .get_result(&mut conn)
        .await?;
        Ok(pending)
    }

    /// Fails a batch of notifications older than `hours` that are not leased: mail was turned off, or only
    /// a newer version can read them. Returns what they were about, `None` for one of a newer version.
    pub(crate) async fn fail_overdue_notifications(
        &self,
        hours: u32,
    ) -> Result<Vec<Option<About>>, persistence::Error> {
        #[derive(QueryableByName)]
        struct Failed {
            #[diesel(sql_type = sql_types::Jsonb)]
            event: serde_json::Value,
            #[diesel(sql_type = sql_types::Uuid)]
            order_id: Uuid,
        }
        let mut conn = self.database.get().await?;
        let failed: Vec<Failed> = sql_query(
            "UPDATE notifications
             SET status = 'failed', leased_until = NULL, recipient = NULL,
                 finished_at = clock_timestamp()
             WHERE id = ANY (ARRAY(
                 SELECT id FROM notifications
                 WHERE finished_at IS NULL AND happened_at < now() - make_interval(hours => $1)
                   AND (leased_until IS NULL OR leased_until <= clock_timestamp())
                 LIMIT 1000 FOR UPDATE SKIP LOCKED))
             RETURNING event, order_id",
        )
        .bind::<sql_types::Integer, _>(i32::try_from(hours).unwrap_or(i32::MAX))
        .load(&mut conn)
        .await?;
        let events = failed.into_iter();
        Ok(events
            .map(|row| about(row.event, row.order_id.into()).ok())
            .collect())
    }

    /// Deletes a batch of notifications that finished `days` ago; returns their number. Concurrent
    /// replicas share the work.
    pub(crate) async fn sweep_notifications(&self, days: u32) -> Result<usize, persistence::Error> {
        let mut conn = self.database.get().await?;
        let deleted = sql_query(
            "DELETE FROM notifications WHERE id = ANY (ARRAY(
                 SELECT id FROM notifications WHERE finished_at < now() - make_interval(days => $1)
                 LIMIT 1000 FOR UPDATE SKIP LOCKED))",
        )
        .bind::<sql_types::Integer, _>(i32::try_from(days).unwrap_or(i32::MAX))
        .execute(&mut conn)
        .await?;
        Ok(deleted)
    }
}

use chassis::telemetry::TraceContext;
use chrono::{DateTime, Utc};
use diesel::QueryableByName;
use diesel::sql_types::{self, Array, Nullable};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use persistence::prepared;
use uuid::Uuid;

use crate::domain::{About, AccountEvent, Notification};
use crate::store::Store;

impl Store {
    /// Inserts notifications about orders, each with the trace of its message, in the caller's transaction. Returns the
    /// ids of those inserted. The others have no account, or exist already (rows of this table outlive those of the inbox,
    /// and a dead letter may be redriven later), or go to an address that is not verified and has had `unverified_per_day`
    /// e-mails.
    pub(crate) async fn insert_notifications(
        conn: &mut AsyncPgConnection,
        notifications: &[(Notification, Option<TraceContext>)],
        unverified_per_day: i32,
    ) -> Result<Vec<Uuid>, persistence::Error> {
        #[derive(QueryableByName)]
        struct Inserted {
            #[diesel(sql_type = sql_types::Uuid)]
            id: Uuid,
        }
        let column = |value: fn(&Notification) -> Uuid| -> Vec<Uuid> {
            notifications.iter().map(|(row, _)| value(row)).collect()
        };
        let events = notifications
            .iter()
            .map(|(row, _)| to_json(&row.about))
            .collect::<Result<Vec<_>, _>>()?;
        let happened_at: Vec<DateTime<Utc>> = notifications
            .iter()
            .map(|(row, _)| row.happened_at)
            .collect();
        let (traceparents, tracestates): (Vec<_>, Vec<_>) = notifications
            .iter()
            .map(|(_, trace)| TraceContext::into_stored(trace.clone()))
            .unzip();
        let customers = column(|row| row.customer.as_uuid());
        // Statements that count the e-mails of one account wait for each other here, so that the next one sees all of
        // them. Verified accounts are not counted, and not locked.
        prepared(
            "SELECT id FROM users WHERE id = ANY ($1) AND email_verified_at IS NULL
             ORDER BY id FOR NO KEY UPDATE",
        )
        .bind::<Array<sql_types::Uuid>, _>(customers.clone())
        .execute(conn)
        .await?;
        // A concurrently deleted account violates the foreign key; the retry skips it.
        let inserted: Vec<Inserted> = prepared(
            "INSERT INTO notifications
                 (id, user_id, order_id, event, happened_at, traceparent, tracestate)
             SELECT new.id, users.id, new.order_id, new.event, new.happened_at, new.traceparent,
                    new.tracestate
             FROM (SELECT *, row_number() OVER (PARTITION BY user_id ORDER BY happened_at, id) AS place
                   FROM unnest($1, $2, $3, $4, $5, $6, $7)
                        AS new (id, user_id, order_id, event, happened_at, traceparent, tracestate)
                   -- A redelivered message is counted already.
                   WHERE NOT EXISTS (SELECT FROM notifications AS known WHERE known.id = new.id)
                  ) AS new
             JOIN users ON users.id = new.user_id
             WHERE users.email_verified_at IS NOT NULL
                OR new.place + (SELECT count(*) FROM notifications AS earlier
                                WHERE earlier.user_id = users.id
                                  AND earlier.created_at > now() - interval '24 hours') <= $8
             ON CONFLICT (id) DO NOTHING
             RETURNING id",
        )
        .bind::<Array<sql_types::Uuid>, _>(column(|row| row.id))
        .bind::<Array<sql_types::Uuid>, _>(customers)
        .bind::<Array<sql_types::Uuid>, _>(column(|row| row.about.subject(row.customer)))
        .bind::<Array<sql_types::Jsonb>, _>(events)
        .bind::<Array<sql_types::Timestamptz>, _>(happened_at)
        .bind::<Array<Nullable<sql_types::Text>>, _>(traceparents)
        .bind::<Array<Nullable<sql_types::Text>>, _>(tracestates)
        .bind::<sql_types::Integer, _>(unverified_per_day)
        .load(conn)
        .await?;
        Ok(inserted.into_iter().map(|row| row.id).collect())
    }

    /// Inserts a notification about an account, whose row the caller's transaction has locked or inserted, to `recipient`
    /// or else to its address. False if there is no account, or if it has had `per_day` e-mails in 24 hours: of any kind if its
    /// address is not verified; else those that anyone can cause, which are not counted against notices.
    pub(crate) async fn insert_account_notification(
        conn: &mut AsyncPgConnection,
        notification: &Notification,
        recipient: Option<&str>,
        trace: Option<TraceContext>,
        per_day: i32,
    ) -> Result<bool, persistence::Error> {
        let (traceparent, tracestate) = TraceContext::into_stored(trace);
        let is_notice = match &notification.about {
            About::Account(event) => event.is_notice(),
            About::Order(..) => false,
        };
        let inserted = prepared(
            "INSERT INTO notifications
                 (id, user_id, order_id, event, happened_at, traceparent, tracestate, recipient)
             SELECT $1, id, id, $3, $4, $5, $6, $8 FROM users
             WHERE id = $2
               AND ((email_verified_at IS NOT NULL AND $9)
                    OR (SELECT count(*) FROM notifications AS earlier
                        WHERE earlier.user_id = users.id
                          AND (users.email_verified_at IS NULL
                               OR (earlier.order_id = users.id
                                   AND earlier.event ->> 'kind' <> ALL ($10)))
                          AND earlier.created_at > now() - interval '24 hours') < $7)",
        )
        .bind::<sql_types::Uuid, _>(notification.id)
        .bind::<sql_types::Uuid, _>(notification.customer.as_uuid())
        .bind::<sql_types::Jsonb, _>(to_json(&notification.about)?)
        .bind::<sql_types::Timestamptz, _>(notification.happened_at)
        .bind::<Nullable<sql_types::Text>, _>(traceparent)
        .bind::<Nullable<sql_types::Text>, _>(tracestate)
        .bind::<sql_types::Integer, _>(per_day)
        .bind::<Nullable<sql_types::Text>, _>(recipient)
        .bind::<sql_types::Bool, _>(is_notice)
        .bind::<Array<sql_types::Text>, _>(AccountEvent::NOTICES.as_slice())
        .execute(conn)
        .await?;
        Ok(inserted == 1)
    }
}

fn to_json(about: &About) -> Result<serde_json::Value, persistence::Error> {
    let event = match about {
        About::Order(_, event) => serde_json::to_value(event),
        About::Account(event) => serde_json::to_value(event),
    };
    let event =
        event.map_err(|error| diesel::result::Error::SerializationError(Box::new(error)))?;
    Ok(event)
}

//! Declined payments, which are counted by account, card and network.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use kernel::UserId;
use persistence::prepared;

use super::Store;
use super::save::each;
use crate::domain::{Change, DeclineLimits, Declines, Event, Order};
use crate::failure::Failure;

/// A decline that reaches a limit, or a decline or an order in flight of the account.
#[derive(Debug, QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    counted_by: String,
    #[diesel(sql_type = Timestamptz)]
    at: DateTime<Utc>,
}

impl Store {
    /// What the limits need to know before a checkout with this payment method from this network.
    pub(crate) async fn declines(
        &self,
        customer: UserId,
        network: Option<&str>,
        payment_method: &str,
        limits: &DeclineLimits,
        now: DateTime<Utc>,
    ) -> Result<Declines, Failure> {
        let since = now - limits.window;
        let mut conn = self.database.get().await?;
        let rows: Vec<Row> = prepared(
            "(SELECT 'account' AS counted_by, at FROM payment_declines
              WHERE customer_id = $1 AND at > $4 ORDER BY at DESC LIMIT $5)
             UNION ALL
             (SELECT 'pending', placed_at FROM orders o
              WHERE customer_id = $1 AND status = 'pending' AND placed_at > $4
                AND NOT EXISTS (SELECT FROM payment_declines d WHERE d.order_id = o.id)
              ORDER BY placed_at DESC LIMIT $5)
             UNION ALL
             (SELECT 'network', at FROM payment_declines
              WHERE network = $2 AND at > $4 ORDER BY at DESC OFFSET $6 - 1 LIMIT 1)
             UNION ALL
             (SELECT 'card', at FROM payment_declines
              WHERE card IN (SELECT card FROM payment_declines
                           WHERE payment_method = $3 AND at > $4)
                AND at > $4 ORDER BY at DESC OFFSET $7 - 1 LIMIT 1)",
        )
        .bind::<SqlUuid, _>(customer.as_uuid())
        .bind::<Nullable<Text>, _>(network)
        .bind::<Text, _>(payment_method)
        .bind::<Timestamptz, _>(since)
        .bind::<BigInt, _>(i64::from(limits.per_account))
        .bind::<BigInt, _>(i64::from(limits.per_network))
        .bind::<BigInt, _>(i64::from(limits.per_card))
        .load(&mut conn)
        .await?;
        let mut declines = Declines::default();
        for row in rows {
            match row.counted_by.as_str() {
                "account" => declines.of_account.push(row.at),
                "pending" => declines.pending.push(row.at),
                "card" => declines.of_card = Some(row.at),
                _ => declines.of_network = Some(row.at),
            }
        }
        Ok(declines)
    }
}

/// Counts the declines among changes, with the network that each order was placed from. Before the saga's row forgets
/// it.
pub(super) async fn insert_declines(
    mut conn: &AsyncPgConnection,
    changes: &[Change],
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let declined = changes.iter().flat_map(|change| {
        let cards = change.events.iter().filter_map(|event| match event {
            Event::CardDeclined { card } => Some(card.as_deref()),
            _ => None,
        });
        cards.map(|card| (&change.order, card))
    });
    let declined: Vec<(&Order, Option<&str>)> = declined.collect();
    if declined.is_empty() {
        return Ok(());
    }
    prepared(
        "INSERT INTO payment_declines (order_id, customer_id, network, payment_method, card, at)
         SELECT c.order_id, c.customer_id, s.client_network, c.payment_method,
                coalesce(c.card, c.payment_method), $5
         FROM unnest($1, $2, $3, $4) AS c (order_id, customer_id, payment_method, card)
              JOIN sagas s USING (order_id)
         ON CONFLICT DO NOTHING",
    )
    .bind::<Array<SqlUuid>, _>(each(&declined, |(order, _)| order.id.as_uuid()))
    .bind::<Array<SqlUuid>, _>(each(&declined, |(order, _)| order.customer_id.as_uuid()))
    .bind::<Array<Text>, _>(each(&declined, |(order, _)| order.payment_method.as_str()))
    .bind::<Array<Nullable<Text>>, _>(each(&declined, |(_, card)| *card))
    .bind::<Timestamptz, _>(now)
    .execute(&mut conn)
    .await?;
    Ok(())
}

//! Holds that end by themselves.

use diesel::sql_query;
use diesel::sql_types::{BigInt, Integer, Timestamptz, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{Store, movements};
use crate::failure::Failure;

/// The set-based form of `Reservation::expire`: reservations that another replica works on are
/// skipped, stock is locked in the order of the SKUs.
const EXPIRE: &str = "
    WITH locked AS MATERIALIZED (
        SELECT id FROM reservations WHERE state = 'held' AND expires_at <= $1
        ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
    ), due AS (
        UPDATE reservations SET state = 'expired', updated_at = $1
        FROM locked WHERE reservations.id = locked.id
        RETURNING reservations.id
    ), units AS (
        SELECT product_id, sum(quantity)::integer AS quantity FROM reservation_lines
        WHERE reservation_id IN (SELECT id FROM due) GROUP BY product_id
    ), line AS MATERIALIZED (
        SELECT stock.product_id, units.quantity FROM units JOIN stock USING (product_id)
        ORDER BY stock.sku FOR UPDATE OF stock
    )
    UPDATE stock SET reserved = stock.reserved - line.quantity
    FROM line WHERE stock.product_id = line.product_id
    RETURNING stock.product_id, line.quantity, stock.on_hand, stock.reserved,
              (SELECT count(*) FROM due) AS expired";

#[derive(diesel::QueryableByName)]
struct Freed {
    #[diesel(sql_type = SqlUuid)]
    product_id: Uuid,
    #[diesel(sql_type = Integer)]
    quantity: i32,
    #[diesel(sql_type = Integer)]
    on_hand: i32,
    #[diesel(sql_type = Integer)]
    reserved: i32,
    #[diesel(sql_type = BigInt)]
    expired: i64,
}

impl Store {
    /// Ends at most `limit` holds whose time is over, and says how many it ended and how many
    /// units they held. Any number of replicas may call this at once.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn expire(&self, limit: u32) -> Result<(i64, u64), Failure> {
        let now = self.clock.now();
        self.database
            .transaction(async move |conn| {
                let freed: Vec<Freed> = sql_query(EXPIRE)
                    .bind::<Timestamptz, _>(now)
                    .bind::<BigInt, _>(i64::from(limit))
                    .load(conn)
                    .await?;
                let back: Vec<Uuid> = freed
                    .iter()
                    .filter(|row| row.on_hand - row.reserved == row.quantity)
                    .map(|row| row.product_id)
                    .collect();
                movements::cross_zero(conn, &back, true).await?;
                let units = freed
                    .iter()
                    .filter_map(|row| u64::try_from(row.quantity).ok());
                let expired = freed.iter().map(|row| row.expired).next();
                Ok((expired.unwrap_or(0), units.sum()))
            })
            .await
    }
}

//! Numbers for the orders of versions before numbers.

use diesel::prelude::*;
use diesel::sql_types::{Array, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use persistence::prepared;
use uuid::Uuid;

use super::Store;
use super::save::each;
use crate::domain::OrderNumber;
use crate::failure::Failure;
use crate::schema::orders;

/// The most orders of one transaction, so that it stays short. The next one follows at once.
const BATCH: i64 = 500;

impl Store {
    /// Gives a number to a batch of orders that have none; returns how many. If a random number is taken, the whole batch
    /// fails, and succeeds with other numbers the next time.
    pub(crate) async fn number_orders(&self) -> Result<usize, Failure> {
        self.database
            .transaction(async move |conn| {
                let ids: Vec<Uuid> = orders::table
                    .filter(orders::number.is_null())
                    .select(orders::id)
                    .limit(BATCH)
                    .for_no_key_update()
                    .skip_locked()
                    .load(conn)
                    .await?;
                if ids.is_empty() {
                    return Ok(0);
                }
                let numbers: Vec<OrderNumber> =
                    ids.iter().map(|_| OrderNumber::generate()).collect();
                let updated = prepared(
                    "UPDATE orders o SET number = c.number
                     FROM unnest($1, $2) AS c (id, number)
                     WHERE o.id = c.id",
                )
                .bind::<Array<SqlUuid>, _>(&ids)
                .bind::<Array<Text>, _>(each(&numbers, OrderNumber::as_str))
                .execute(conn)
                .await?;
                Ok(updated)
            })
            .await
    }
}

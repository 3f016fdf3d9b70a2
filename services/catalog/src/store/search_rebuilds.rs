//! The table `search_rebuilds`: after a change of the text rules, all products are indexed again, a batch at a time.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use persistence::prepared;
use uuid::Uuid;

use super::{Store, descriptions};
use crate::failure::Failure;
use crate::schema::search_rebuilds;

/// An update of the name fires the trigger that maintains `search`, also if the value stays the same.
const INDEX: &str = "
    WITH batch AS MATERIALIZED (
        SELECT id FROM products WHERE id > $1 ORDER BY id LIMIT $2
    ), indexed AS (
        UPDATE products SET name = products.name FROM batch WHERE products.id = batch.id
    )
    SELECT id FROM batch ORDER BY id";

#[derive(QueryableByName)]
struct Indexed {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

impl Store {
    /// Indexes the next products. Returns whether there may be more. If another replica works on it, it returns `false`.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn rebuild_search(&self, batch: u32) -> Result<bool, Failure> {
        self.database
            .transaction(async move |conn| {
                let next: Option<(i32, Uuid)> = search_rebuilds::table
                    .order(search_rebuilds::version)
                    .for_update()
                    .skip_locked()
                    .first(conn)
                    .await
                    .optional()?;
                let Some((version, indexed_until)) = next else {
                    return Ok(false);
                };
                let row = search_rebuilds::table.find(version);
                match index(conn, indexed_until, batch).await? {
                    Some(last) => {
                        diesel::update(row)
                            .set(search_rebuilds::indexed_until.eq(last))
                            .execute(conn)
                            .await?
                    }
                    None => diesel::delete(row).execute(conn).await?,
                };
                Ok(true)
            })
            .await
    }
}

/// Indexes a batch of products, in the order of their ids; returns the last one.
async fn index(
    conn: &mut AsyncPgConnection,
    after: Uuid,
    batch: u32,
) -> Result<Option<Uuid>, Failure> {
    let indexed: Vec<Indexed> = prepared(INDEX)
        .bind::<SqlUuid, _>(after)
        .bind::<BigInt, _>(i64::from(batch))
        .load(conn)
        .await?;
    let ids: Vec<Uuid> = indexed.into_iter().map(|row| row.id).collect();
    descriptions::add_of_products(conn, &ids).await?;
    Ok(ids.last().copied())
}

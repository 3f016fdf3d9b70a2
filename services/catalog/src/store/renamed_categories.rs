//! The table `renamed_categories`: `products.search` contains the name of the category, so the products of a renamed
//! category are indexed again, a batch at a time.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use persistence::prepared;
use uuid::Uuid;

use super::Store;
use crate::failure::Failure;
use crate::schema::renamed_categories;

/// An update of the category fires the trigger that maintains `search`, also if the value stays the same.
const INDEX: &str = "
    WITH batch AS MATERIALIZED (
        SELECT id FROM products WHERE category_id = $1 AND id > $2 ORDER BY id LIMIT $3
    ), indexed AS (
        UPDATE products SET category_id = products.category_id
        FROM batch WHERE products.id = batch.id AND products.category_id = $1
    )
    SELECT (SELECT id FROM batch ORDER BY id DESC LIMIT 1) AS last";

#[derive(QueryableByName)]
struct Indexed {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    last: Option<Uuid>,
}

impl Store {
    /// Indexes the next products of a renamed category. Returns whether there may be more. A category that another
    /// replica works on is skipped.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn index_renamed_category(&self, batch: u32) -> Result<bool, Failure> {
        self.database
            .transaction(async move |conn| {
                let next: Option<(Uuid, Uuid)> = renamed_categories::table
                    .order(renamed_categories::category_id)
                    .for_update()
                    .skip_locked()
                    .first(conn)
                    .await
                    .optional()?;
                let Some((category_id, indexed_until)) = next else {
                    return Ok(false);
                };
                let row = renamed_categories::table.find(category_id);
                match index(conn, category_id, indexed_until, batch).await? {
                    Some(last) => {
                        diesel::update(row)
                            .set(renamed_categories::indexed_until.eq(last))
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
    category_id: Uuid,
    after: Uuid,
    batch: u32,
) -> Result<Option<Uuid>, Failure> {
    let indexed: Indexed = prepared(INDEX)
        .bind::<SqlUuid, _>(category_id)
        .bind::<SqlUuid, _>(after)
        .bind::<BigInt, _>(i64::from(batch))
        .get_result(conn)
        .await?;
    Ok(indexed.last)
}

/// Adds a category that was renamed, or begins it again.
pub(super) async fn add(
    conn: &mut AsyncPgConnection,
    category_id: Uuid,
) -> Result<(), persistence::Error> {
    let start = || renamed_categories::indexed_until.eq(Uuid::nil());
    diesel::insert_into(renamed_categories::table)
        .values((renamed_categories::category_id.eq(category_id), start()))
        .on_conflict(renamed_categories::category_id)
        .do_update()
        .set(start())
        .execute(conn)
        .await?;
    Ok(())
}

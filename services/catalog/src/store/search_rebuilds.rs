//! The table `search_rebuilds`: products whose text is indexed again, a batch at a time. `products.search` contains the
//! name of the category, so a row is about the products of a renamed category, or about all after a change of the text
//! rules.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{Store, descriptions};
use crate::failure::Failure;
use crate::schema::{products, search_rebuilds};

impl Store {
    /// Indexes the next products. Returns whether there may be more. A row that another replica works on is skipped.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn rebuild_search(&self, batch: u32) -> Result<bool, Failure> {
        self.database
            .transaction(async move |conn| {
                let next: Option<(i64, Option<Uuid>, Uuid)> = search_rebuilds::table
                    .order(search_rebuilds::id)
                    .for_update()
                    .skip_locked()
                    .first(conn)
                    .await
                    .optional()?;
                let Some((id, category_id, indexed_until)) = next else {
                    return Ok(false);
                };
                let row = search_rebuilds::table.find(id);
                match index(conn, category_id, indexed_until, batch).await? {
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

/// Indexes a batch of products, in the order of their ids; returns the last one. After a change of the text rules,
/// the dictionary needs their words, too; a new name of a category was added to it at once.
async fn index(
    conn: &mut AsyncPgConnection,
    category_id: Option<Uuid>,
    after: Uuid,
    batch: u32,
) -> Result<Option<Uuid>, Failure> {
    let mut next = products::table
        .select(products::id)
        .filter(products::id.gt(after))
        .order(products::id)
        .limit(i64::from(batch))
        .into_boxed();
    if let Some(category_id) = category_id {
        next = next.filter(products::category_id.eq(category_id));
    }
    let ids: Vec<Uuid> = next.load(conn).await?;
    // An update of the name fires the trigger that maintains `search`, also if the value stays the same.
    diesel::update(products::table.filter(products::id.eq_any(&ids)))
        .set(products::name.eq(products::name))
        .execute(conn)
        .await?;
    if category_id.is_none() {
        descriptions::add_of_products(conn, &ids).await?;
    }
    Ok(ids.last().copied())
}

/// Adds the products of a category, or begins with them again.
pub(super) async fn add(
    conn: &mut AsyncPgConnection,
    category_id: Uuid,
) -> Result<(), persistence::Error> {
    let start = || search_rebuilds::indexed_until.eq(Uuid::nil());
    diesel::insert_into(search_rebuilds::table)
        .values((search_rebuilds::category_id.eq(category_id), start()))
        .on_conflict(search_rebuilds::category_id)
        .do_update()
        .set(start())
        .execute(conn)
        .await?;
    Ok(())
}

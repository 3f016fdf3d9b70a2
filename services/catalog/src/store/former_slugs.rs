//! The table `former_slugs`: slugs that products for sale had before. A slug that a product has now is not in here.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::schema::{former_slugs, products};

/// Adds the slug that a product has just given up. The last product that had it is found by it.
pub(super) async fn add(
    conn: &mut AsyncPgConnection,
    slug: &str,
    product_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), persistence::Error> {
    let row = || {
        (
            former_slugs::product_id.eq(product_id),
            former_slugs::changed_at.eq(now),
        )
    };
    diesel::insert_into(former_slugs::table)
        .values((former_slugs::slug.eq(slug), row()))
        .on_conflict(former_slugs::slug)
        .do_update()
        .set(row())
        .execute(conn)
        .await?;
    Ok(())
}

/// Removes a slug that a product for sale has now.
pub(super) async fn remove(
    conn: &mut AsyncPgConnection,
    slug: &str,
) -> Result<(), persistence::Error> {
    diesel::delete(former_slugs::table.find(slug))
        .execute(conn)
        .await?;
    Ok(())
}

/// The product for sale that had this slug.
pub(super) async fn product_id(
    conn: &mut AsyncPgConnection,
    slug: &str,
) -> Result<Option<Uuid>, persistence::Error> {
    Ok(former_slugs::table
        .find(slug)
        .inner_join(products::table)
        .filter(products::archived_at.is_null())
        .select(former_slugs::product_id)
        .first(conn)
        .await
        .optional()?)
}

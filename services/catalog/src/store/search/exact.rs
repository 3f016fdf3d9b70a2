//! Products with the name or the SKU that a search asks for.

use diesel::QueryableByName;
use diesel::sql_types::{Bool, Integer, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use uuid::Uuid;

use super::pages::{PLAN_CANDIDATES, Places};
use super::statement::{Bind, Conditions, ExactMatches, Statement, push_exact};
use crate::domain::{Cursor, Query};
use crate::failure::Failure;

#[derive(QueryableByName)]
struct Exist {
    #[diesel(sql_type = Bool)]
    exist: bool,
}

#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Integer)]
    tier: i32,
}

#[derive(QueryableByName)]
struct Category {
    #[diesel(sql_type = SqlUuid)]
    category_id: Uuid,
}

/// Whether a product for sale has the name or SKU. The indexes of both are used, whatever the statistics are.
pub(super) async fn exist(conn: &mut AsyncPgConnection, query: &Query) -> Result<bool, Failure> {
    let mut sql =
        Statement::new("SELECT EXISTS (SELECT FROM products WHERE archived_at IS NULL AND ");
    push_exact(&mut sql, query);
    sql.push(") AS exist");
    conn.batch_execute(PLAN_CANDIDATES).await?;
    let found: Vec<Exist> = sql.load(conn).await?;
    Ok(found.iter().any(|row| row.exist))
}

/// The categories of the products with the name or SKU.
pub(super) async fn categories(
    conn: &mut AsyncPgConnection,
    query: &Query,
) -> Result<Vec<Uuid>, Failure> {
    let mut sql =
        Statement::new("SELECT DISTINCT category_id FROM products WHERE archived_at IS NULL AND ");
    push_exact(&mut sql, query);
    conn.batch_execute(PLAN_CANDIDATES).await?;
    let found: Vec<Category> = sql.load(conn).await?;
    Ok(found.into_iter().map(|row| row.category_id).collect())
}

/// The products with the SKU, then those with the very name, then those with the name but for case and punctuation; newest
/// first.
pub(super) async fn page(
    conn: &mut AsyncPgConnection,
    conditions: &Conditions,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Places, Failure> {
    let ExactMatches::Included(query) = &conditions.exact else {
        return Ok(Places::new());
    };
    let mut sql = Statement::new("SELECT id, tier FROM (SELECT id, CASE WHEN sku = ");
    sql.arg(Bind::MaybeText(query.sku.clone().map(String::from)))
        .push(" THEN 0 WHEN name = ")
        .arg(Bind::Text(query.text.clone()))
        .push(" THEN 1 ELSE 2 END AS tier FROM products WHERE archived_at IS NULL AND ");
    push_exact(&mut sql, query);
    conditions.push_filters(&mut sql);
    sql.push(") AS exact");
    if let Some(Cursor::Exact(tier, id)) = after {
        // The tiers ascend and the ids descend.
        sql.push(" WHERE tier > ")
            .arg(Bind::Int(i64::from(*tier)))
            .push(" OR (tier = ")
            .arg(Bind::Int(i64::from(*tier)))
            .push(" AND id < ")
            .arg(Bind::Id(*id))
            .push(")");
    }
    sql.push(" ORDER BY tier, id DESC LIMIT ")
        .arg(Bind::Int(limit));
    conn.batch_execute(PLAN_CANDIDATES).await?;
    let places: Vec<Place> = sql.load(conn).await?;
    Ok(places
        .into_iter()
        .map(|place| {
            let tier = u8::try_from(place.tier).unwrap_or(u8::MAX);
            (place.id, Cursor::Exact(tier, place.id))
        })
        .collect())
}

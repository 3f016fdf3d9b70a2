use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Store;
use super::rows::SummaryRow;
use crate::domain::{Listed, ProductList, ProductSummary};
use crate::failure::Failure;
use crate::schema::{categories, products, stock};

impl Store {
    /// The products of a page, and one more if there is another page.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn list_products(
        &self,
        list: ProductList,
    ) -> Result<Vec<ProductSummary>, Failure> {
        let mut query = products::table
            .inner_join(categories::table)
            .inner_join(stock::table)
            .filter(products::id.lt(list.before.unwrap_or(Uuid::max())))
            .order(products::id.desc())
            .limit(i64::from(list.page_size) + 1)
            .select(SummaryRow::as_select())
            .into_boxed::<Pg>();
        query = match list.listed {
            Listed::All => query,
            Listed::ForSale => query.filter(products::archived_at.is_null()),
            Listed::Archived => query.filter(products::archived_at.is_not_null()),
        };
        let mut conn = self.database.get().await?;
        summaries(query.load(&mut conn).await?)
    }
}

/// The products with these ids, in any order.
pub(super) async fn load(
    conn: &mut AsyncPgConnection,
    ids: &[Uuid],
) -> Result<Vec<ProductSummary>, Failure> {
    let rows: Vec<SummaryRow> = products::table
        .inner_join(categories::table)
        .inner_join(stock::table)
        .filter(products::id.eq_any(ids))
        .select(SummaryRow::as_select())
        .load(conn)
        .await?;
    summaries(rows)
}

fn summaries(rows: Vec<SummaryRow>) -> Result<Vec<ProductSummary>, Failure> {
    let summaries = rows.into_iter().map(ProductSummary::try_from);
    Ok(summaries.collect::<Result<_, persistence::Error>>()?)
}

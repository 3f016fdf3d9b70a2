//! Many matches in few categories: each category is searched in its own index.

use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::pages::{Places, merge};
use super::statement::{Conditions, ExactMatches, Names};
use super::{MANY, estimate, exact, scan};
use crate::domain::{Cursor, Sort};
use crate::failure::Failure;
use crate::store::category_terms;

/// Most categories that are searched separately.
const MAX_CATEGORIES: usize = 8;

/// The categories of the matches, if there are many matches in few categories.
pub(super) async fn few_categories(
    conn: &mut AsyncPgConnection,
    conditions: &Conditions,
) -> Result<Option<Vec<Uuid>>, Failure> {
    if !conditions.has_gin()
        || conditions.category_id.is_some()
        || estimate(conn, conditions, Names::Any).await? <= MANY
    {
        return Ok(None);
    }
    let attributes = &conditions.filters.attributes;
    let mut ids = category_terms::categories(conn, &conditions.words, attributes).await?;
    if let ExactMatches::Included(query) = &conditions.exact
        && !ids.is_empty()
    {
        ids.extend(exact::categories(conn, query).await?);
        ids.sort_unstable();
        ids.dedup();
    }
    Ok(Some(ids).filter(|ids| (1..=MAX_CATEGORIES).contains(&ids.len())))
}

/// The merged pages of these categories.
pub(super) async fn page(
    conn: &mut AsyncPgConnection,
    conditions: &Conditions,
    category_ids: Vec<Uuid>,
    sort: Sort,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Places, Failure> {
    let mut ids = Vec::new();
    for id in category_ids {
        let of_category = Conditions {
            category_id: Some(id),
            ..conditions.clone()
        };
        let places = scan(conn, &of_category, sort, after, Names::Any, limit).await?;
        ids.extend(places.into_iter().map(|(id, _)| id));
    }
    merge(conn, ids, sort, limit).await
}

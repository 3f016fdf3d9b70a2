//! Search and listing. The cost of a page does not grow with the number of products, except for the rare case 3.
//!
//! GIN indexes find the matches of words and attributes, but without an order. B-trees have the order of a sort, but
//! not the matches. So a page is searched in up to three ways:
//!
//! 1. *Candidates*: at most [`CANDIDATES`] matches from the GIN indexes. If there are no more, they are sorted by
//!    rank or another key.
//! 2. *Window*: with many matches, a bounded number of rows after the cursor, in the index of the sort, has enough of
//!    them.
//! 3. *All*: the window has too few matches, so all matches are sorted. Rare.
//!
//! The planner's estimate of the number of matches decides which way is tried first. Matches are mostly in few
//! categories (see `category_terms`). For a sort by price or name, each of these categories is searched in its own index,
//! and the pages are merged.
//!
//! With too many matches to rank, products whose name has all words come first, then the rest, both newest first. The
//! cursor stores the way of the first page.

mod facets;
mod pages;
mod statement;

use diesel::QueryableByName;
use diesel::sql_types::Json;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use uuid::Uuid;

use self::pages::{Places, all, candidates, window};
use self::statement::{Conditions, Names, Statement};
use super::{Store, categories, category_terms, product_list, spelling};
use crate::domain::{Cursor, Page, ProductSummary, Search, Sort};
use crate::failure::Failure;

/// Most matches that are ranked, and counted exactly.
const CANDIDATES: i64 = 2_000;
/// With more matches than this, by the planner's estimate, candidates are not tried first.
const MANY: i64 = 8_000;
/// Most categories that are searched separately.
const MAX_CATEGORIES: usize = 8;

/// Memory for an exact bitmap of a million rows. JIT compilation and parallel workers take longer to start than a page
/// takes.
const SETTINGS: &str = "SET TRANSACTION READ ONLY; SET LOCAL work_mem = '32MB'; \
     SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0";

/// Resets the planner settings of a way.
const PLAN_DEFAULT: &str = "SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = on; \
     SET LOCAL enable_bitmapscan = on; SET LOCAL enable_sort = on";

#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = Json, column_name = "QUERY PLAN")]
    plan: serde_json::Value,
}

impl Store {
    /// One page of a search.
    ///
    /// # Errors
    /// The database.
    pub(crate) async fn search(&self, search: Search) -> Result<Page, Failure> {
        self.database
            .transaction(async move |conn| {
                conn.batch_execute(SETTINGS).await?;
                run(conn, &search).await
            })
            .await
    }
}

async fn run(conn: &mut AsyncPgConnection, search: &Search) -> Result<Page, Failure> {
    let mut page = Page {
        products: Vec::new(),
        next: None,
        facets: Vec::new(),
        corrected_query: None,
    };
    let category_id = match &search.filters.category {
        None => None,
        Some(slug) => match categories::id_of(conn, slug).await? {
            Some(id) => Some(id),
            None => return Ok(page),
        },
    };
    let mut words = Vec::new();
    if !search.words.is_empty() {
        let resolved = spelling::resolve(conn, &search.words).await?;
        page.corrected_query = resolved.corrected;
        words = resolved.words;
    }
    let conditions = Conditions {
        category_id,
        words,
        filters: search.filters.clone(),
    };
    let size = usize::try_from(search.page_size).unwrap_or(usize::MAX);
    let mut places = find(conn, search, &conditions, i64::from(search.page_size) + 1).await?;
    if places.len() > size {
        places.truncate(size);
        page.next = places.last().map(|(_, cursor)| cursor.clone());
    }
    let ids: Vec<Uuid> = places.into_iter().map(|(id, _)| id).collect();
    conn.batch_execute(PLAN_DEFAULT).await?;
    page.products = in_order(&ids, product_list::load(conn, &ids).await?);
    if search.facets {
        page.facets = facets::count(conn, &conditions).await?;
    }
    Ok(page)
}

fn in_order(ids: &[Uuid], mut found: Vec<ProductSummary>) -> Vec<ProductSummary> {
    found.sort_by_key(|product| ids.iter().position(|id| *id == product.id.as_uuid()));
    found
}

async fn find(
    conn: &mut AsyncPgConnection,
    search: &Search,
    conditions: &Conditions,
    limit: i64,
) -> Result<Places, Failure> {
    let after = search.after.as_ref();
    match search.sort {
        Sort::Relevance if conditions.words.is_empty() => {
            scan(conn, conditions, Sort::Newest, after, Names::Any, limit).await
        }
        Sort::Relevance => ranked(conn, conditions, after, limit).await,
        Sort::Newest => scan(conn, conditions, Sort::Newest, after, Names::Any, limit).await,
        sort => match few_categories(conn, conditions).await? {
            Some(ids) => merged(conn, conditions, ids, sort, after, limit).await,
            None => scan(conn, conditions, sort, after, Names::Any, limit).await,
        },
    }
}

/// The categories of the matches, if there are many matches in few categories.
async fn few_categories(
    conn: &mut AsyncPgConnection,
    conditions: &Conditions,
) -> Result<Option<Vec<Uuid>>, Failure> {
    if !conditions.has_gin()
        || conditions.category_id.is_some()
        || estimate(conn, conditions, Names::Any).await? <= MANY
    {
        return Ok(None);
    }
    let ids =
        category_terms::categories(conn, &conditions.words, &conditions.filters.attributes).await?;
    Ok(ids.filter(|ids| (1..=MAX_CATEGORIES).contains(&ids.len())))
}

/// The merged pages of these categories.
async fn merged(
    conn: &mut AsyncPgConnection,
    conditions: &Conditions,
    category_ids: Vec<Uuid>,
    sort: Sort,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Places, Failure> {
    let mut places = Places::new();
    for id in category_ids {
        let of_category = Conditions {
            category_id: Some(id),
            ..conditions.clone()
        };
        places.extend(scan(conn, &of_category, sort, after, Names::Any, limit).await?);
    }
    places.sort_by(|(_, one), (_, other)| one.compare(other, sort));
    places.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(places)
}

/// Best match first; with too many matches, by tier.
async fn ranked(
    conn: &mut AsyncPgConnection,
    conditions: &Conditions,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Places, Failure> {
    let tier = match after {
        Some(Cursor::Tiered(tier, id)) => (*tier, *id),
        Some(_) => {
            let places = candidates(conn, conditions, Sort::Relevance, after, Names::Any, limit);
            return Ok(places.await?.unwrap_or_default());
        }
        None => {
            if estimate(conn, conditions, Names::Any).await? <= MANY {
                let places = candidates(conn, conditions, Sort::Relevance, None, Names::Any, limit);
                if let Some(places) = places.await? {
                    return Ok(places);
                }
            }
            (0, None)
        }
    };
    tiers(conn, conditions, tier, limit).await
}

/// The planner's estimate of the number of matches, which reads statistics only.
async fn estimate(
    conn: &mut AsyncPgConnection,
    conditions: &Conditions,
    names: Names,
) -> Result<i64, Failure> {
    let mut sql =
        Statement::new("EXPLAIN (FORMAT JSON) SELECT FROM products WHERE archived_at IS NULL");
    conditions.push_all(&mut sql, names, true);
    let plans: Vec<Plan> = sql.load(conn).await?;
    let rows = plans
        .iter()
        .find_map(|plan| plan.plan.pointer("/0/Plan/Plan Rows")?.as_i64());
    Ok(rows.unwrap_or(0))
}

/// Products whose name has all words, then the rest; both newest first.
async fn tiers(
    conn: &mut AsyncPgConnection,
    conditions: &Conditions,
    (first, mut after): (u8, Option<Uuid>),
    limit: i64,
) -> Result<Places, Failure> {
    let mut places = Places::new();
    for (tier, names) in [(0, Names::WithAllWords), (1, Names::WithoutAllWords)] {
        if tier < first {
            continue;
        }
        let remaining = limit - i64::try_from(places.len()).unwrap_or(limit);
        if remaining <= 0 {
            break;
        }
        let cursor = after.take().map(Cursor::Newest);
        let found = scan(
            conn,
            conditions,
            Sort::Newest,
            cursor.as_ref(),
            names,
            remaining,
        )
        .await?;
        places.extend(
            found
                .into_iter()
                .map(|(id, _)| (id, Cursor::Tiered(tier, Some(id)))),
        );
    }
    Ok(places)
}

async fn scan(
    conn: &mut AsyncPgConnection,
    conditions: &Conditions,
    sort: Sort,
    after: Option<&Cursor>,
    names: Names,
    limit: i64,
) -> Result<Places, Failure> {
    let has_gin = conditions.has_gin();
    // The planner has no statistics for "not in the name"; it excludes few matches.
    let estimated = match names {
        Names::WithoutAllWords => Names::Any,
        names => names,
    };
    let few_first = has_gin && estimate(conn, conditions, estimated).await? <= MANY;
    if few_first
        && let Some(places) = candidates(conn, conditions, sort, after, names, limit).await?
    {
        return Ok(places);
    }
    let places = window(conn, conditions, sort, after, names, limit).await?;
    let full = i64::try_from(places.len()).is_ok_and(|found| found >= limit);
    if full || (!has_gin && conditions.is_covered_by(sort)) {
        return Ok(places);
    }
    if has_gin
        && !few_first
        && let Some(places) = candidates(conn, conditions, sort, after, names, limit).await?
    {
        return Ok(places);
    }
    all(conn, conditions, sort, after, names, limit).await
}

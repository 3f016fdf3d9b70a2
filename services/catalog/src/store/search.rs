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
//!
//! Before a query is separated into words, it is looked up as a name and as a SKU (`exact.rs`).

mod by_category;
mod exact;
mod facets;
mod pages;
mod relevance;
mod statement;

use diesel::QueryableByName;
use diesel::sql_types::Json;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use uuid::Uuid;

use self::pages::{Places, all, candidates, window};
use self::statement::{Conditions, ExactMatches, Names, Statement};
use super::{Store, categories, product_list, spelling};
use crate::domain::{Cursor, Page, ProductSummary, Search, Sort};
use crate::failure::Failure;

/// Most matches that are ranked, and counted exactly.
const CANDIDATES: i64 = 2_000;
/// With more matches than this, by the planner's estimate, candidates are not tried first.
const MANY: i64 = 8_000;
/// Memory for an exact bitmap of a million rows. JIT compilation and parallel workers take longer to start than a page
/// takes.
const SETTINGS: &str = "SET TRANSACTION READ ONLY; SET LOCAL work_mem = '32MB'; \
     SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0";

/// Resets the planner settings of a way.
const PLAN_DEFAULT: &str = "SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = on; \
     SET LOCAL enable_bitmapscan = on; SET LOCAL enable_sort = on; SET LOCAL cpu_tuple_cost = DEFAULT";

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
        let _public = self.public().await;
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
        no_usable_word: false,
    };
    let mut words = Vec::new();
    let mut exact = ExactMatches::Ignored;
    if let Some(query) = &search.query {
        let is_exact = exact::exist(conn, query).await?;
        let resolved = spelling::resolve(conn, query, is_exact).await?;
        page.corrected_query = resolved.corrected;
        words = resolved.words;
        if is_exact {
            exact = ExactMatches::Included(query.clone());
        } else if words.is_empty() {
            page.no_usable_word = true;
            return Ok(page);
        }
    }
    let category_id = match &search.filters.category {
        None => None,
        Some(slug) => match categories::id_of(conn, slug).await? {
            Some(id) => Some(id),
            None => return Ok(page),
        },
    };
    let conditions = Conditions {
        category_id,
        words,
        exact,
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
        Sort::Relevance => relevance::page(conn, conditions, after, limit).await,
        Sort::Newest => scan(conn, conditions, Sort::Newest, after, Names::Any, limit).await,
        sort => match by_category::few_categories(conn, conditions).await? {
            Some(ids) => by_category::page(conn, conditions, ids, sort, after, limit).await,
            None => scan(conn, conditions, sort, after, Names::Any, limit).await,
        },
    }
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

/// A page in the first way that has enough matches.
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

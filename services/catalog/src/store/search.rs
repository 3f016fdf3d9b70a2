//! Search and listing, at a cost that does not grow with the shop.
//!
//! What words and attributes match comes from GIN indexes without an order; what a listing shows
//! comes from b-trees in their order. So a page is looked for in up to three ways, each bounded:
//!
//! 1. *Candidates*: at most [`CANDIDATES`] matches from the GIN indexes. If that is all of them, they
//!    are sorted here, by rank or any other key.
//! 2. *Window*: many match, so reading the index of the sort order from the cursor on meets enough of
//!    them soon; at most [`WINDOW`] rows are read.
//! 3. *All*: they match, but not near the cursor: every match is sorted. Rare.
//!
//! Which one comes first is decided by the planner's estimate of how many match. What matches mostly
//! stands in few categories (`marks` knows which): for a sort by price or name each of them is
//! searched in its own index, and the pages are merged.
//!
//! Too many matches are not ranked one by one: those whose name has all words come first, newest
//! first, then the rest. The cursor remembers which way its first page went.

mod facets;
mod statement;

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Float, Json, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use uuid::Uuid;

use self::statement::{Bind, Conditions, Names, Statement};
use super::{Store, categories, marks, products, words};
use crate::domain::{Cursor, Page, Product, Search, Sort};
use crate::failure::Failure;

/// So many matches are ranked and counted exactly.
const CANDIDATES: i64 = 2_000;
/// With more matches than this, by the planner's estimate, candidates are not worth a try.
const MANY: i64 = 8_000;
/// A page reads at most so many rows of an index: those of the newest products lie together, those of
/// another order do not.
const WINDOW_BY_AGE: i64 = 20_000;
const WINDOW: i64 = 4_000;
/// At most so many categories are searched one by one.
const SHELVES: usize = 8;

/// Enough memory for an exact bitmap of a million rows. Compiling a plan, or starting helpers for it,
/// takes longer than a page may.
const SETTINGS: &str = "SET TRANSACTION READ ONLY; SET LOCAL work_mem = '32MB'; \
     SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0";

/// Planner settings for each way; the estimates for full-text and `jsonb` matches are too rough to
/// leave the choice to the planner.
const PLAN_CANDIDATES: &str = "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off; \
     SET LOCAL enable_bitmapscan = on; SET LOCAL enable_sort = on";
const PLAN_WINDOW: &str = "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = on; \
     SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off";
const PLAN_ALL: &str = "SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = off; \
     SET LOCAL enable_bitmapscan = on; SET LOCAL enable_sort = on";
const PLAN_FREELY: &str = "SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = on; \
     SET LOCAL enable_bitmapscan = on; SET LOCAL enable_sort = on";

/// The place of a match in the order.
#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    id: Option<Uuid>,
    #[diesel(sql_type = Nullable<BigInt>)]
    price_minor: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    sort_name: Option<String>,
    #[diesel(sql_type = Nullable<Float>)]
    rank: Option<f32>,
    #[diesel(sql_type = BigInt)]
    found: i64,
}

#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = Json, column_name = "QUERY PLAN")]
    plan: serde_json::Value,
}

/// Places of a page and one more, if there is one.
type Places = Vec<(Uuid, Cursor)>;

impl Store {
    /// One page of a search.
    ///
    /// # Errors
    /// The database.
    pub async fn search(&self, search: Search) -> Result<Page, Failure> {
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
        let resolved = words::resolve(conn, &search.words).await?;
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
    conn.batch_execute(PLAN_FREELY).await?;
    page.products = in_order(&ids, products::load(conn, &ids).await?);
    if search.facets {
        page.facets = facets::count(conn, &conditions).await?;
    }
    Ok(page)
}

fn in_order(ids: &[Uuid], mut found: Vec<Product>) -> Vec<Product> {
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
        sort => match shelves(conn, conditions).await? {
            Some(shelves) => merged(conn, conditions, shelves, sort, after, limit).await,
            None => scan(conn, conditions, sort, after, Names::Any, limit).await,
        },
    }
}

/// The few categories that many matches stand in, if that is so.
async fn shelves(
    conn: &mut AsyncPgConnection,
    conditions: &Conditions,
) -> Result<Option<Vec<Uuid>>, Failure> {
    if !conditions.has_gin()
        || conditions.category_id.is_some()
        || estimate(conn, conditions, Names::Any).await? <= MANY
    {
        return Ok(None);
    }
    let shelves =
        marks::categories(conn, &conditions.words, &conditions.filters.attributes).await?;
    Ok(shelves.filter(|shelves| (1..=SHELVES).contains(&shelves.len())))
}

/// The page from the pages of each category.
async fn merged(
    conn: &mut AsyncPgConnection,
    conditions: &Conditions,
    shelves: Vec<Uuid>,
    sort: Sort,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Places, Failure> {
    let mut places = Places::new();
    for shelf in shelves {
        let of_shelf = Conditions {
            category_id: Some(shelf),
            ..conditions.clone()
        };
        places.extend(scan(conn, &of_shelf, sort, after, Names::Any, limit).await?);
    }
    places.sort_by(|(_, one), (_, other)| one.compare(other, sort));
    places.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(places)
}

/// Best match first, as far as that can be said of so many.
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

/// How many match, as far as the planner knows: it asks its statistics, not the table.
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

/// First the products whose name has all words, then the rest; both newest first.
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
        let wanted = limit - i64::try_from(places.len()).unwrap_or(limit);
        if wanted <= 0 {
            break;
        }
        let cursor = after.take().map(Cursor::Newest);
        let found = scan(
            conn,
            conditions,
            Sort::Newest,
            cursor.as_ref(),
            names,
            wanted,
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
    // "Not in the name" is beyond the planner's statistics; it takes few away.
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

/// The page from all matches, if they are few; else `None`. A cursor that began with candidates goes
/// on with them, even if some more came meanwhile.
async fn candidates(
    conn: &mut AsyncPgConnection,
    conditions: &Conditions,
    sort: Sort,
    after: Option<&Cursor>,
    names: Names,
    limit: i64,
) -> Result<Option<Places>, Failure> {
    let ranked_before = matches!(after, Some(Cursor::Ranked(..)));
    let bound = if ranked_before {
        2 * CANDIDATES
    } else {
        CANDIDATES
    };
    let mut sql =
        Statement::new("WITH candidate AS MATERIALIZED (SELECT id, price_minor, sort_name, ");
    match (sort, conditions.tsquery()) {
        (Sort::Relevance, Some(query)) => sql
            .push("ts_rank(search, to_tsquery('shop_english', ")
            .arg(Bind::Text(query))
            .push("))"),
        _ => sql.push("NULL::real"),
    };
    sql.push(" AS rank FROM products WHERE archived_at IS NULL");
    conditions.push_all(&mut sql, names, true);
    sql.push(" LIMIT ").arg(Bind::Int(bound + 1));
    sql.push(
        "), total AS (SELECT count(*) AS found FROM candidate)
         SELECT page.*, total.found FROM total LEFT JOIN (SELECT * FROM candidate WHERE true",
    );
    push_after(&mut sql, sort, after);
    push_order(&mut sql, sort, "");
    sql.push(" LIMIT ")
        .arg(Bind::Int(limit))
        .push(") AS page ON true");
    push_order(&mut sql, sort, "page.");
    conn.batch_execute(PLAN_CANDIDATES).await?;
    let places: Vec<Place> = sql.load(conn).await?;
    let found = places.first().map_or(0, |place| place.found);
    let too_many = found > bound && !ranked_before;
    Ok((!too_many).then(|| with_cursors(places, sort)))
}

/// The page from the next rows in the order of the sort.
async fn window(
    conn: &mut AsyncPgConnection,
    conditions: &Conditions,
    sort: Sort,
    after: Option<&Cursor>,
    names: Names,
    limit: i64,
) -> Result<Places, Failure> {
    let mut sql = Statement::new(
        "SELECT id, price_minor, sort_name, NULL::real AS rank, 0::bigint AS found FROM (
             SELECT id, price_minor, sort_name, category_id, in_stock, attributes, search
             FROM products WHERE archived_at IS NULL",
    );
    conditions.push_range(&mut sql, sort);
    push_after(&mut sql, sort, after);
    push_order(&mut sql, sort, "");
    let window = match sort {
        Sort::Newest => WINDOW_BY_AGE,
        _ => WINDOW,
    };
    sql.push(" LIMIT ")
        .arg(Bind::Int(window))
        .push(") AS near WHERE true");
    conditions.push_all(&mut sql, names, false);
    push_order(&mut sql, sort, "");
    sql.push(" LIMIT ").arg(Bind::Int(limit));
    conn.batch_execute(PLAN_WINDOW).await?;
    Ok(with_cursors(sql.load(conn).await?, sort))
}

/// The page from all matches, however many.
async fn all(
    conn: &mut AsyncPgConnection,
    conditions: &Conditions,
    sort: Sort,
    after: Option<&Cursor>,
    names: Names,
    limit: i64,
) -> Result<Places, Failure> {
    let mut sql = Statement::new(
        "SELECT id, price_minor, sort_name, NULL::real AS rank, 0::bigint AS found
         FROM products WHERE archived_at IS NULL",
    );
    conditions.push_all(&mut sql, names, true);
    push_after(&mut sql, sort, after);
    push_order(&mut sql, sort, "");
    sql.push(" LIMIT ").arg(Bind::Int(limit));
    conn.batch_execute(PLAN_ALL).await?;
    Ok(with_cursors(sql.load(conn).await?, sort))
}

fn push_order(sql: &mut Statement, sort: Sort, table: &str) {
    let key = match sort {
        Sort::Relevance => format!("{table}rank DESC, {table}id DESC"),
        Sort::PriceAscending => format!("{table}price_minor, {table}id"),
        Sort::PriceDescending => format!("{table}price_minor DESC, {table}id DESC"),
        Sort::Newest => format!("{table}id DESC"),
        Sort::Name => format!("{table}sort_name, {table}id"),
    };
    sql.push(" ORDER BY ").push(&key);
}

/// A cursor of another sort cannot come here: the token's fingerprint holds the sort.
fn push_after(sql: &mut Statement, sort: Sort, after: Option<&Cursor>) {
    let beyond = match sort {
        Sort::PriceAscending | Sort::Name => ">",
        Sort::Relevance | Sort::PriceDescending | Sort::Newest => "<",
    };
    let (key, value, id) = match after {
        Some(Cursor::Price(price, id)) => ("price_minor", Bind::Int(*price), *id),
        Some(Cursor::Name(name, id)) => ("sort_name", Bind::Text(name.clone()), *id),
        Some(Cursor::Ranked(rank, id)) => ("rank", Bind::Real(*rank), *id),
        Some(Cursor::Newest(id)) => {
            sql.push(" AND id < ").arg(Bind::Id(*id));
            return;
        }
        Some(Cursor::Tiered(..)) | None => return,
    };
    sql.push(&format!(" AND ({key}, id) {beyond} ("))
        .arg(value)
        .push(", ")
        .arg(Bind::Id(id))
        .push(")");
}

fn with_cursors(places: Vec<Place>, sort: Sort) -> Places {
    places
        .into_iter()
        .filter_map(|place| {
            let id = place.id?;
            let cursor = match sort {
                Sort::Relevance => Cursor::Ranked(place.rank?, id),
                Sort::PriceAscending | Sort::PriceDescending => {
                    Cursor::Price(place.price_minor?, id)
                }
                Sort::Newest => Cursor::Newest(id),
                Sort::Name => Cursor::Name(place.sort_name?, id),
            };
            Some((id, cursor))
        })
        .collect()
}

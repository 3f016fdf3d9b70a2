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
//! Too many matches are not ranked one by one: those whose name has all words come first, newest
//! first, then the rest. The cursor remembers which way its first page went.

mod facets;
mod statement;

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Float, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use uuid::Uuid;

use self::statement::{Bind, Conditions, Names, Statement};
use super::{Error, Store, categories, products, words};
use crate::domain::{Cursor, Page, Product, Search, Sort, Word};

/// So many matches are ranked and counted exactly.
const CANDIDATES: i64 = 3_000;
/// A listing reads at most so many rows of an index for one page.
const WINDOW: i64 = 20_000;

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

/// Places of a page and one more, if there is one.
type Places = Vec<(Uuid, Cursor)>;

impl Store {
    /// One page of a search.
    ///
    /// # Errors
    /// The database.
    pub async fn search(&self, search: Search) -> Result<Page, Error> {
        self.database
            .transaction(async move |conn| {
                conn.batch_execute("SET TRANSACTION READ ONLY").await?;
                run(conn, &search).await
            })
            .await
    }
}

async fn run(conn: &mut AsyncPgConnection, search: &Search) -> Result<Page, Error> {
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
    let mut tsquery = None;
    if !search.words.is_empty() {
        let resolved = words::resolve(conn, &search.words).await?;
        page.corrected_query = resolved.corrected;
        tsquery = text_query(&resolved.words);
    }
    let conditions = Conditions {
        category_id,
        tsquery,
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

/// `'coffee' & 'bea':*`. Words are letters and digits only, so quotes cannot end early.
fn text_query(words: &[Word]) -> Option<String> {
    let terms: Vec<String> = words
        .iter()
        .map(|word| {
            let prefix = if word.is_prefix { ":*" } else { "" };
            format!("'{}'{prefix}", word.text)
        })
        .collect();
    (!terms.is_empty()).then(|| terms.join(" & "))
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
) -> Result<Places, Error> {
    if search.sort != Sort::Relevance || conditions.tsquery.is_none() {
        let sort = match search.sort {
            Sort::Relevance => Sort::Newest,
            sort => sort,
        };
        let after = search.after.as_ref();
        return scan(conn, conditions, sort, after, Names::Any, limit).await;
    }
    let first_tier = match &search.after {
        Some(Cursor::Tiered(tier, id)) => (*tier, *id),
        after => {
            let found = candidates(
                conn,
                conditions,
                Sort::Relevance,
                after.as_ref(),
                Names::Any,
                limit,
            )
            .await?;
            match found {
                Some(places) => return Ok(places),
                None => (0, None),
            }
        }
    };
    tiers(conn, conditions, first_tier, limit).await
}

/// First the products whose name has all words, then the rest; both newest first.
async fn tiers(
    conn: &mut AsyncPgConnection,
    conditions: &Conditions,
    (first, mut after): (u8, Option<Uuid>),
    limit: i64,
) -> Result<Places, Error> {
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
) -> Result<Places, Error> {
    if conditions.has_gin()
        && let Some(places) = candidates(conn, conditions, sort, after, names, limit).await?
    {
        return Ok(places);
    }
    let places = window(conn, conditions, sort, after, names, limit).await?;
    let full = i64::try_from(places.len()).is_ok_and(|found| found >= limit);
    if full || (!conditions.has_gin() && conditions.is_covered_by(sort)) {
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
) -> Result<Option<Places>, Error> {
    let ranked_before = matches!(after, Some(Cursor::Ranked(..)));
    let bound = if ranked_before {
        2 * CANDIDATES
    } else {
        CANDIDATES
    };
    let mut sql =
        Statement::new("WITH candidate AS MATERIALIZED (SELECT id, price_minor, sort_name, ");
    match (sort, &conditions.tsquery) {
        (Sort::Relevance, Some(query)) => sql
            .push("ts_rank(search, to_tsquery('shop_english', ")
            .arg(Bind::Text(query.clone()))
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
) -> Result<Places, Error> {
    let mut sql = Statement::new(
        "SELECT id, price_minor, sort_name, NULL::real AS rank, 0::bigint AS found FROM (
             SELECT id, price_minor, sort_name, category_id, in_stock, attributes, search
             FROM products WHERE archived_at IS NULL",
    );
    conditions.push_range(&mut sql, sort);
    push_after(&mut sql, sort, after);
    push_order(&mut sql, sort, "");
    sql.push(" LIMIT ")
        .arg(Bind::Int(WINDOW))
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
) -> Result<Places, Error> {
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

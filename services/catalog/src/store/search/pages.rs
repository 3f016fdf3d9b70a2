//! The three ways to find a page, see `search.rs`.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Float, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use uuid::Uuid;

use super::CANDIDATES;
use super::statement::{Bind, Conditions, Names, Statement};
use crate::domain::{Cursor, Sort};
use crate::failure::Failure;

/// Most rows of an index that a window reads. The newest products are stored together, so more of them can be read.
const WINDOW_BY_AGE: i64 = 20_000;
const WINDOW: i64 = 4_000;
/// Planner settings of each way. The estimates for full-text and `jsonb` matches are too inaccurate to let the planner
/// choose. In a window, rows that an index of all categories reads in vain are expensive: the planner assumes that the
/// rows of a category are spread evenly over the prices and names.
pub(super) const PLAN_CANDIDATES: &str = "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off; \
     SET LOCAL enable_bitmapscan = on; SET LOCAL enable_sort = on; SET LOCAL cpu_tuple_cost = DEFAULT";
const PLAN_WINDOW: &str = "SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = on; \
     SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off; SET LOCAL cpu_tuple_cost = 1";
const PLAN_ALL: &str = "SET LOCAL enable_seqscan = on; SET LOCAL enable_indexscan = off; \
     SET LOCAL enable_bitmapscan = on; SET LOCAL enable_sort = on; SET LOCAL cpu_tuple_cost = DEFAULT";

/// Names in the order of the Unicode collation algorithm, which suits most languages: accents and case matter only
/// between names that are otherwise the same.
const BY_NAME: &str = "name COLLATE \"und-x-icu\"";

/// The position of a match in the order.
#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    id: Option<Uuid>,
    #[diesel(sql_type = Nullable<BigInt>)]
    price_minor: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    name: Option<String>,
    #[diesel(sql_type = Nullable<Float>)]
    rank: Option<f32>,
    #[diesel(sql_type = BigInt)]
    found: i64,
}

/// The positions of a page, and one more if there is another page.
pub(super) type Places = Vec<(Uuid, Cursor)>;

/// The page from all matches, if there are few; else `None`. If the first page was ranked, the next pages are too, even
/// if there are more matches now.
pub(super) async fn candidates(
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
    let mut sql = Statement::new("WITH candidate AS MATERIALIZED (SELECT id, price_minor, name, ");
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

/// The page from the rows after the cursor, in the order of the sort.
pub(super) async fn window(
    conn: &mut AsyncPgConnection,
    conditions: &Conditions,
    sort: Sort,
    after: Option<&Cursor>,
    names: Names,
    limit: i64,
) -> Result<Places, Failure> {
    let mut sql = Statement::new(
        "SELECT id, price_minor, name, NULL::real AS rank, 0::bigint AS found FROM (
             SELECT id, sku, name, price_minor, currency, category_id, in_stock, attributes, search
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

/// The page from all matches, whatever their number.
pub(super) async fn all(
    conn: &mut AsyncPgConnection,
    conditions: &Conditions,
    sort: Sort,
    after: Option<&Cursor>,
    names: Names,
    limit: i64,
) -> Result<Places, Failure> {
    let mut sql = Statement::new(
        "SELECT id, price_minor, name, NULL::real AS rank, 0::bigint AS found
         FROM products WHERE archived_at IS NULL",
    );
    conditions.push_all(&mut sql, names, true);
    push_after(&mut sql, sort, after);
    push_order(&mut sql, sort, "");
    sql.push(" LIMIT ").arg(Bind::Int(limit));
    conn.batch_execute(PLAN_ALL).await?;
    Ok(with_cursors(sql.load(conn).await?, sort))
}

/// The first of these products in the order of the database, which is that of each page.
pub(super) async fn merge(
    conn: &mut AsyncPgConnection,
    ids: Vec<Uuid>,
    sort: Sort,
    limit: i64,
) -> Result<Places, Failure> {
    let mut sql = Statement::new(
        "SELECT id, price_minor, name, NULL::real AS rank, 0::bigint AS found
         FROM products WHERE id = ANY(",
    );
    sql.arg(Bind::Ids(ids)).push(")");
    push_order(&mut sql, sort, "");
    sql.push(" LIMIT ").arg(Bind::Int(limit));
    conn.batch_execute(PLAN_CANDIDATES).await?;
    Ok(with_cursors(sql.load(conn).await?, sort))
}

fn push_order(sql: &mut Statement, sort: Sort, table: &str) {
    let key = match sort {
        Sort::Relevance => format!("{table}rank DESC, {table}id DESC"),
        Sort::PriceAscending => format!("{table}price_minor, {table}id"),
        Sort::PriceDescending => format!("{table}price_minor DESC, {table}id DESC"),
        Sort::Newest => format!("{table}id DESC"),
        Sort::Name => format!("{table}{BY_NAME}, {table}id"),
    };
    sql.push(" ORDER BY ").push(&key);
}

/// The cursor belongs to the sort: `Search` refuses another one.
fn push_after(sql: &mut Statement, sort: Sort, after: Option<&Cursor>) {
    let beyond = match sort {
        Sort::PriceAscending | Sort::Name => ">",
        Sort::Relevance | Sort::PriceDescending | Sort::Newest => "<",
    };
    let (key, value, id) = match after {
        Some(Cursor::Price(price, id)) => ("price_minor", Bind::Int(*price), *id),
        Some(Cursor::Name(name, id)) => (BY_NAME, Bind::Text(name.clone()), *id),
        Some(Cursor::Ranked(rank, id)) => ("rank", Bind::Real(*rank), *id),
        Some(Cursor::Newest(id)) => {
            sql.push(" AND id < ").arg(Bind::Id(*id));
            return;
        }
        Some(Cursor::Exact(..) | Cursor::Tiered(..)) | None => return,
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
                Sort::Name => Cursor::Name(place.name?, id),
            };
            Some((id, cursor))
        })
        .collect()
}

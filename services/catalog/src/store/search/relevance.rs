//! Best match first: products with the name or SKU, then those with the words.

use diesel_async::AsyncPgConnection;
use uuid::Uuid;

use super::pages::{Places, candidates};
use super::statement::{Conditions, Names};
use super::{MANY, estimate, exact, scan};
use crate::domain::{Cursor, Sort};
use crate::failure::Failure;

/// A page by relevance.
pub(super) async fn page(
    conn: &mut AsyncPgConnection,
    conditions: &Conditions,
    after: Option<&Cursor>,
    limit: i64,
) -> Result<Places, Failure> {
    let mut places = Places::new();
    let by_words = after.filter(|cursor| !matches!(cursor, Cursor::Exact(..)));
    if by_words.is_none() {
        places = exact::page(conn, conditions, after, limit).await?;
    }
    let remaining = limit - i64::try_from(places.len()).unwrap_or(limit);
    if remaining > 0 && !conditions.words.is_empty() {
        let rest = conditions.without_exact();
        places.extend(ranked(conn, &rest, by_words, remaining).await?);
    }
    Ok(places)
}

/// By the rank of the words; with too many matches, by tier.
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

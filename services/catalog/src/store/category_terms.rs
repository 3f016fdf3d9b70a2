//! The table `category_terms`: the words and attributes of each category.

use std::collections::BTreeMap;

use diesel::sql_types::{Array, Bool, Jsonb, Text, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use uuid::Uuid;

use super::products::containment;
use crate::domain::Word;

/// Words have at least three letters. Rows are inserted in the order of the terms, so that concurrent writers do not
/// deadlock.
const ADD: &str = "
    INSERT INTO category_terms (term, category_id)
    SELECT term, category_id FROM (
        SELECT 'w:' || (tsvector_to_array(to_tsvector('shop_english', lexeme)))[1] AS term, category_id
        FROM unnest($1, $2) AS described (category_id, text),
             unnest(to_tsvector('shop_words', shop_text(text))) WHERE lexeme ~ '^[[:alpha:]]{3,}$'
        UNION SELECT 'a:' || key || '=' || value, category_id
        FROM unnest($1, $3) AS described (category_id, attributes), jsonb_each_text(attributes)
    ) AS found
    WHERE term IS NOT NULL ORDER BY term, category_id
    ON CONFLICT DO NOTHING";

/// Words that are not indexed do not restrict the categories.
const CATEGORIES: &str = "
    WITH requested AS (
        SELECT 'w:' || (tsvector_to_array(to_tsvector('shop_english', lexeme)))[1] AS term, is_prefix, text
        FROM unnest($1, $2) AS word (text, is_prefix), unnest(to_tsvector('shop_words', text))
        WHERE lexeme ~ '^[[:alpha:]]{3,}$'
        UNION ALL
        SELECT 'a:' || key || '=' || value, false, 'a:' || key FROM jsonb_each_text($3)
    )
    SELECT category_terms.category_id FROM requested JOIN category_terms
        ON category_terms.term >= requested.term
        AND category_terms.term <= requested.term || CASE WHEN requested.is_prefix THEN U&'\\+10FFFF' ELSE '' END
    GROUP BY category_terms.category_id
    HAVING count(DISTINCT requested.text) = (SELECT count(DISTINCT text) FROM requested WHERE term IS NOT NULL)";

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = SqlUuid)]
    category_id: Uuid,
}

/// Adds the words of texts and attributes to their categories. `attributes` are objects.
pub(super) async fn add(
    conn: &mut AsyncPgConnection,
    category_ids: &[Uuid],
    texts: &[String],
    attributes: &[&Value],
) -> Result<(), persistence::Error> {
    sql_query(ADD)
        .bind::<Array<SqlUuid>, _>(category_ids)
        .bind::<Array<Text>, _>(texts)
        .bind::<Array<Jsonb>, _>(attributes)
        .execute(conn)
        .await?;
    Ok(())
}

/// The categories in which all of these occur, or a superset of them; none if no term is indexed.
pub(super) async fn categories(
    conn: &mut AsyncPgConnection,
    words: &[Word],
    attributes: &BTreeMap<String, String>,
) -> Result<Vec<Uuid>, persistence::Error> {
    let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    let prefixes: Vec<bool> = words.iter().map(|word| word.is_prefix).collect();
    let found: Vec<Found> = sql_query(CATEGORIES)
        .bind::<Array<Text>, _>(&texts)
        .bind::<Array<Bool>, _>(&prefixes)
        .bind::<Jsonb, _>(containment(attributes))
        .load(conn)
        .await?;
    Ok(found.into_iter().map(|row| row.category_id).collect())
}

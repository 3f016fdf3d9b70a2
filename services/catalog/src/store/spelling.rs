//! The table `spelling_terms`: the dictionary for spelling corrections.

use diesel::sql_types::{Array, Bool, Nullable, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::domain::{Candidate, Word, best_correction};

/// Words are never removed: a word of an archived product stays valid, and a search for it finds nothing. Rows are
/// inserted in the order of the words, so that concurrent writers do not deadlock.
const ADD: &str = "
    INSERT INTO spelling_terms (word, stem, in_name)
    SELECT word, stem, bool_or(in_name) FROM (
        SELECT lexeme AS word, in_name,
               (tsvector_to_array(to_tsvector('shop_english', lexeme)))[1] AS stem
        FROM (VALUES ($1, true), ($2, false)) AS source (text, in_name),
             unnest(to_tsvector('shop_words', source.text))
        WHERE lexeme ~ '^[[:alpha:]]{3,40}$'
    ) AS found
    WHERE stem IS NOT NULL
    GROUP BY word, stem ORDER BY word
    ON CONFLICT (word) DO UPDATE SET in_name = true WHERE excluded.in_name AND NOT spelling_terms.in_name";

/// A range instead of LIKE, because LIKE with a parameter cannot use the index.
const FIND: &str = "
    SELECT stem, EXISTS (
        SELECT 1 FROM spelling_terms
        WHERE spelling_terms.stem >= query.stem
          AND spelling_terms.stem <= query.stem || CASE WHEN is_prefix THEN U&'\\+10FFFF' ELSE '' END
    ) AS is_in_dictionary
    FROM unnest($1, $2) WITH ORDINALITY AS word (text, is_prefix, position),
         LATERAL (SELECT (tsvector_to_array(to_tsvector('shop_english', word.text)))[1] AS stem) AS query
    ORDER BY position";

const SIMILAR: &str = "
    SELECT word, in_name FROM spelling_terms WHERE word % unaccent($1)
    ORDER BY similarity(word, unaccent($1)) DESC, word LIMIT 20";

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Nullable<Text>)]
    stem: Option<String>,
    #[diesel(sql_type = Bool)]
    is_in_dictionary: bool,
}

#[derive(QueryableByName)]
struct Similar {
    #[diesel(sql_type = Text)]
    word: String,
    #[diesel(sql_type = Bool)]
    in_name: bool,
}

/// The words of a search after correction.
pub(super) struct Resolved {
    /// The words with meaning, corrected.
    pub(super) words: Vec<Word>,
    /// The query with its corrections; `None` if nothing was corrected.
    pub(super) corrected: Option<String>,
}

/// Adds the words of a product's name, and the words of the rest of its texts.
pub(super) async fn add(
    conn: &mut AsyncPgConnection,
    name: &str,
    rest: &str,
) -> Result<(), persistence::Error> {
    sql_query(ADD)
        .bind::<Text, _>(name)
        .bind::<Text, _>(rest)
        .execute(conn)
        .await?;
    Ok(())
}

/// Removes stop words ("the"), and corrects words that no product has.
pub(super) async fn resolve(
    conn: &mut AsyncPgConnection,
    words: &[Word],
) -> Result<Resolved, persistence::Error> {
    let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    let prefixes: Vec<bool> = words.iter().map(|word| word.is_prefix).collect();
    let found: Vec<Found> = sql_query(FIND)
        .bind::<Array<Text>, _>(&texts)
        .bind::<Array<Bool>, _>(&prefixes)
        .load(conn)
        .await?;
    let mut resolved = Vec::with_capacity(words.len());
    let mut corrected_texts = Vec::with_capacity(words.len());
    let mut is_corrected = false;
    for (word, found) in words.iter().zip(found) {
        let correction = if found.stem.is_none() || found.is_in_dictionary {
            None
        } else {
            correct(conn, &word.text).await?
        };
        is_corrected |= correction.is_some();
        let (text, is_prefix) = match correction {
            Some(text) => (text, false),
            None => (word.text.clone(), word.is_prefix),
        };
        corrected_texts.push(text.clone());
        if found.stem.is_some() {
            resolved.push(Word { text, is_prefix });
        }
    }
    Ok(Resolved {
        words: resolved,
        corrected: is_corrected.then(|| corrected_texts.join(" ")),
    })
}

/// Words with digits ("xm5") are not corrected: another digit is another product.
async fn correct(
    conn: &mut AsyncPgConnection,
    misspelled: &str,
) -> Result<Option<String>, persistence::Error> {
    if misspelled.chars().any(char::is_numeric) {
        return Ok(None);
    }
    let similar: Vec<Similar> = sql_query(SIMILAR)
        .bind::<Text, _>(misspelled)
        .load(conn)
        .await?;
    let candidates: Vec<Candidate> = similar
        .into_iter()
        .map(|Similar { word, in_name }| Candidate { word, in_name })
        .collect();
    Ok(best_correction(misspelled, &candidates))
}

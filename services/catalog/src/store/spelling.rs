//! The table `spelling_terms`: the dictionary for spelling corrections.

use diesel::sql_types::{Array, Bool, Nullable, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::domain::{Candidate, Query, Token, Word, best_correction, replace_word};

/// Words are never removed: a word of an archived product stays valid, and a search for it finds nothing. Rows are
/// inserted in the order of the words, so that concurrent writers do not deadlock.
const ADD: &str = "
    INSERT INTO spelling_terms (word, stem, in_name)
    SELECT word, stem, bool_or(in_name) FROM (
        SELECT lexeme AS word, in_name,
               (tsvector_to_array(to_tsvector('shop_english', lexeme)))[1] AS stem
        FROM unnest($1, $2) AS source (text, in_name),
             unnest(to_tsvector('shop_words', shop_text(source.text)))
        WHERE lexeme ~ '^[[:alpha:]]{3,40}$'
    ) AS found
    WHERE stem IS NOT NULL
    GROUP BY word, stem ORDER BY word
    ON CONFLICT (word) DO UPDATE SET in_name = true WHERE excluded.in_name AND NOT spelling_terms.in_name";

/// The words of a query, without what the parser finds between them.
const TOKENS: &str = "
    SELECT token AS text, char_length(token) = 1 AND shop_is_unspaced(token) AS is_half_pair
    FROM ts_parse('default', shop_text($1)) WITH ORDINALITY AS parsed (type, token, position)
    WHERE type <> (SELECT tokid FROM ts_token_type('default') WHERE alias = 'blank')
    ORDER BY position";

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
struct TokenRow {
    #[diesel(sql_type = Text)]
    text: String,
    #[diesel(sql_type = Bool)]
    is_half_pair: bool,
}

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

/// Adds the words of texts; each text is a name, or is not.
pub(super) async fn add(
    conn: &mut AsyncPgConnection,
    texts: &[&str],
    in_name: &[bool],
) -> Result<(), persistence::Error> {
    sql_query(ADD)
        .bind::<Array<Text>, _>(texts)
        .bind::<Array<Bool>, _>(in_name)
        .execute(conn)
        .await?;
    Ok(())
}

/// The words of a query without stop words ("the"). Unless the query `is_exact`, words that no product has are
/// corrected.
pub(super) async fn resolve(
    conn: &mut AsyncPgConnection,
    query: &Query,
    is_exact: bool,
) -> Result<Resolved, persistence::Error> {
    let tokens: Vec<TokenRow> = sql_query(TOKENS)
        .bind::<Text, _>(&query.text)
        .load(conn)
        .await?;
    let tokens = tokens.into_iter().map(|row| Token {
        text: row.text,
        is_half_pair: row.is_half_pair,
    });
    let words = query.words(tokens.collect());
    let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    let prefixes: Vec<bool> = words.iter().map(|word| word.is_prefix).collect();
    let found: Vec<Found> = sql_query(FIND)
        .bind::<Array<Text>, _>(&texts)
        .bind::<Array<Bool>, _>(&prefixes)
        .load(conn)
        .await?;
    let mut resolved = Resolved {
        words: Vec::with_capacity(words.len()),
        corrected: None,
    };
    for (word, found) in words.into_iter().zip(found) {
        if found.stem.is_none() {
            continue;
        }
        let correction = match is_exact || found.is_in_dictionary {
            true => None,
            false => correct(conn, &word.text).await?,
        };
        let Some(correction) = correction else {
            resolved.words.push(word);
            continue;
        };
        let text = resolved.corrected.as_deref().unwrap_or(&query.text);
        resolved.corrected = Some(replace_word(text, &word.text, &correction));
        resolved.words.push(Word {
            text: correction,
            is_prefix: false,
        });
    }
    Ok(resolved)
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

//! The dictionary that misspelt words are corrected by.

use diesel::sql_types::{Array, Bool, Nullable, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::domain::{Candidate, Word, best_correction};

/// Words are added and never taken away: a word of an archived product stays known, and a search for
/// it finds nothing. In the order of the words, so that two writers cannot wait for each other.
const LEARN: &str = "
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

/// A range instead of LIKE: it uses the index for words that are not known when planning.
const KNOWN: &str = "
    SELECT stem, EXISTS (
        SELECT 1 FROM spelling_terms
        WHERE spelling_terms.stem >= asked.stem
          AND spelling_terms.stem <= asked.stem || CASE WHEN is_prefix THEN U&'\\+10FFFF' ELSE '' END
    ) AS known
    FROM unnest($1, $2) WITH ORDINALITY AS word (text, is_prefix, position),
         LATERAL (SELECT (tsvector_to_array(to_tsvector('shop_english', word.text)))[1] AS stem) AS asked
    ORDER BY position";

const ALIKE: &str = "
    SELECT word, in_name FROM spelling_terms WHERE word % unaccent($1)
    ORDER BY similarity(word, unaccent($1)) DESC, word LIMIT 20";

#[derive(QueryableByName)]
struct Known {
    #[diesel(sql_type = Nullable<Text>)]
    stem: Option<String>,
    #[diesel(sql_type = Bool)]
    known: bool,
}

#[derive(QueryableByName)]
struct Alike {
    #[diesel(sql_type = Text)]
    word: String,
    #[diesel(sql_type = Bool)]
    in_name: bool,
}

/// What to look for.
pub(super) struct Resolved {
    /// The words that count, spelt right as far as we know them.
    pub(super) words: Vec<Word>,
    /// All words with their corrections, if there are any.
    pub(super) corrected: Option<String>,
}

/// Adds the words of a product's name, and of everything else that is said about it.
pub(super) async fn learn(
    conn: &mut AsyncPgConnection,
    name: &str,
    rest: &str,
) -> Result<(), persistence::Error> {
    sql_query(LEARN)
        .bind::<Text, _>(name)
        .bind::<Text, _>(rest)
        .execute(conn)
        .await?;
    Ok(())
}

/// Leaves out words without meaning ("the") and corrects those that no product has.
pub(super) async fn resolve(
    conn: &mut AsyncPgConnection,
    words: &[Word],
) -> Result<Resolved, persistence::Error> {
    let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    let prefixes: Vec<bool> = words.iter().map(|word| word.is_prefix).collect();
    let known: Vec<Known> = sql_query(KNOWN)
        .bind::<Array<Text>, _>(&texts)
        .bind::<Array<Bool>, _>(&prefixes)
        .load(conn)
        .await?;
    let mut resolved = Vec::with_capacity(words.len());
    let mut spelt = Vec::with_capacity(words.len());
    let mut is_corrected = false;
    for (word, known) in words.iter().zip(known) {
        let correction = if known.stem.is_none() || known.known {
            None
        } else {
            correct(conn, &word.text).await?
        };
        is_corrected |= correction.is_some();
        let (text, is_prefix) = match correction {
            Some(text) => (text, false),
            None => (word.text.clone(), word.is_prefix),
        };
        spelt.push(text.clone());
        if known.stem.is_some() {
            resolved.push(Word { text, is_prefix });
        }
    }
    Ok(Resolved {
        words: resolved,
        corrected: is_corrected.then(|| spelt.join(" ")),
    })
}

/// Numbers and models ("xm5") are not corrected: one digit makes another thing.
async fn correct(
    conn: &mut AsyncPgConnection,
    misspelt: &str,
) -> Result<Option<String>, persistence::Error> {
    if misspelt.chars().any(char::is_numeric) {
        return Ok(None);
    }
    let alike: Vec<Alike> = sql_query(ALIKE)
        .bind::<Text, _>(misspelt)
        .load(conn)
        .await?;
    let candidates: Vec<Candidate> = alike
        .into_iter()
        .map(|Alike { word, in_name }| Candidate { word, in_name })
        .collect();
    Ok(best_correction(misspelt, &candidates))
}

//! Summaries of statements: `SELECT orders sagas`. Their number is bounded by the statements in the code,
//! because a summary does not depend on values.

/// Most words of a summary.
const MAX_WORDS: usize = 8;

/// The verb of the statement: `SELECT`, `INSERT`, `BEGIN`. For `WITH .. UPDATE` the verb after the
/// parentheses; for several statements that of the last.
pub(crate) fn operation(text: &str) -> String {
    let mut depth = 0_usize;
    let mut verb = None;
    let mut ended = false;
    for word in words(text) {
        if std::mem::replace(&mut ended, word == ";") && word != ";" {
            verb = None;
        }
        match word {
            ";" => {}
            "(" => depth += 1,
            ")" => depth = depth.saturating_sub(1),
            _ if depth == 0 && (verb.is_none() || verb == Some("WITH")) && is_verb(word) => {
                verb = Some(word);
            }
            _ if verb.is_none() => verb = Some(word),
            _ => {}
        }
    }
    verb.unwrap_or_default().to_uppercase()
}

/// The verbs and tables in order.
pub(crate) fn summary(text: &str) -> String {
    let all: Vec<&str> = words(text).collect();
    let defined: Vec<&str> = all
        .windows(3)
        .filter(|three| {
            three[1].eq_ignore_ascii_case("AS") && matches!(three[2], "(" | "MATERIALIZED")
        })
        .map(|three| three[0])
        .collect();
    let mut found: Vec<String> = Vec::new();
    let mut verb = None;
    let mut locks = false;
    for (position, word) in all.iter().enumerate() {
        let next = all.get(position + 1).copied().unwrap_or_default();
        if locks {
            // `FOR UPDATE OF stock`, `DO UPDATE SET`: not a separate verb.
            locks = false;
            continue;
        }
        if is_any(word, &["FOR", "DO", "KEY"]) && is_any(next, &["UPDATE", "SHARE", "NO", "KEY"]) {
            locks = next.eq_ignore_ascii_case("UPDATE");
            continue;
        }
        if is_verb(word) && !word.eq_ignore_ascii_case("WITH") {
            verb = Some(word.to_uppercase());
        }
        let reads = is_any(word, &["FROM", "JOIN"]);
        let is_function = reads && all.get(position + 2) == Some(&"(");
        let names = reads || is_any(word, &["INTO", "UPDATE"]);
        let is_table = is_name(next) && !is_any(next, &["ONLY", "LATERAL", "SET"]);
        if names && is_table && !is_function && !defined.contains(&next) {
            let table = next.rsplit('.').next().unwrap_or(next).to_owned();
            if !found.contains(&table) {
                // A verb without a new table is left out.
                found.extend(verb.take());
                found.push(table);
            }
        }
    }
    if found.is_empty() {
        return operation(text);
    }
    found.truncate(MAX_WORDS);
    found.join(" ")
}

fn is_verb(word: &str) -> bool {
    is_any(word, &["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"])
}

fn is_any(word: &str, of: &[&str]) -> bool {
    of.iter().any(|one| word.eq_ignore_ascii_case(one))
}

fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}

/// Names without quotes, keywords, parentheses and semicolons.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_part = |char: char| char.is_ascii_alphanumeric() || matches!(char, '_' | '.' | '$');
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let first = rest.chars().next()?;
            if matches!(first, '(' | ')' | ';') {
                let (word, after) = rest.split_at(1);
                rest = after;
                return Some(word);
            }
            if first == '\'' {
                // A literal has no words.
                let after = rest[1..].find('\'').map_or(rest.len(), |end| end + 2);
                rest = &rest[after..];
                continue;
            }
            let end = rest.find(|char| !is_part(char)).unwrap_or(rest.len());
            if end == 0 {
                rest = &rest[first.len_utf8()..];
                continue;
            }
            let (word, after) = rest.split_at(end);
            // `"catalog"."products"` is one name.
            rest = after.strip_prefix("\".\"").unwrap_or(after);
            if rest.len() < after.len() {
                continue;
            }
            return Some(word);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_summarized() {
        for (text, expected) in [
            (
                r#"SELECT "orders"."id" FROM "orders" INNER JOIN "sagas" ON ("sagas"."order_id" = "orders"."id") WHERE ("orders"."id" = $1) FOR NO KEY UPDATE SKIP LOCKED"#,
                "SELECT orders sagas",
            ),
            (
                r#"INSERT INTO "inbox" ("queue", "message_id") VALUES ($1, $2) ON CONFLICT DO NOTHING"#,
                "INSERT inbox",
            ),
            (
                "INSERT INTO outbox (message_id) SELECT * FROM unnest($1)",
                "INSERT outbox",
            ),
            (
                "UPDATE outbox SET leased_until = now() WHERE id = ANY (ARRAY(SELECT id FROM outbox ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING id",
                "UPDATE outbox",
            ),
            (
                "WITH due AS (DELETE FROM a.holds RETURNING id) SELECT count(*) FROM due",
                "DELETE holds",
            ),
            (
                "INSERT INTO lookups (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET hints = 1",
                "INSERT lookups",
            ),
            ("BEGIN", "BEGIN"),
            ("SELECT 1; COMMIT", "COMMIT"),
            ("SET LOCAL lock_timeout = 100", "SET"),
            ("SELECT 'x FROM y' AS z FROM t", "SELECT t"),
            ("", ""),
        ] {
            assert_eq!(expected, summary(text), "{text}");
        }
    }

    #[test]
    fn the_verb_of_a_statement_is_the_one_outside_its_parentheses() {
        for (text, expected) in [
            ("select 1", "SELECT"),
            (
                "WITH due AS (DELETE FROM holds) UPDATE stock SET a = 1",
                "UPDATE",
            ),
            ("BEGIN", "BEGIN"),
            ("SET LOCAL lock_timeout = 100", "SET"),
            ("SELECT 1; COMMIT", "COMMIT"),
            ("SET a = 'x; y';", "SET"),
            ("ROLLBACK TO SAVEPOINT diesel_savepoint_1", "ROLLBACK"),
        ] {
            assert_eq!(expected, operation(text), "{text}");
        }
    }
}

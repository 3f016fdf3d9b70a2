//! Statements that are safe on a table in use: see `migrations/README.md`.

use std::collections::BTreeMap;

use super::super::{Finding, Source};

/// Checks the files of one migration after the baseline.
pub(super) fn check(files: &BTreeMap<&str, &Source>) -> Vec<Finding> {
    let Some(up) = files.get("up.sql") else {
        return Vec::new();
    };
    let metadata = files.get("metadata.toml");
    let in_transaction =
        !metadata.is_some_and(|file| file.text.contains("run_in_transaction = false"));
    let all = statements(&up.text);
    let created: Vec<&str> = all.iter().filter_map(Statement::created_table).collect();
    let has_ddl = all.iter().any(Statement::is_ddl);
    let mut has_timeout = false;
    let mut findings = Vec::new();
    for statement in &all {
        let mut find = |rule: &str, advice: &str| {
            findings.push(Finding::new(&up.path, statement.line, rule, advice));
        };
        has_timeout |= statement.starts_with(&["SET", "LOCK_TIMEOUT"]);
        let is_new = |table: Option<&str>| table.is_some_and(|name| created.contains(&name));
        if statement.creates_index() {
            if !statement.has("CONCURRENTLY") {
                if !is_new(statement.after("ON")) {
                    let rule = "an index on an existing table is created with CONCURRENTLY";
                    find(
                        rule,
                        "move it to a separate migration with `run_in_transaction = false`",
                    );
                }
            } else if all.len() > 1 || in_transaction {
                let rule = "CREATE INDEX CONCURRENTLY is the only statement, outside a transaction";
                find(
                    rule,
                    "move it to a separate migration with `run_in_transaction = false` in metadata.toml",
                );
            }
        } else if statement.locks_table() && !is_new(statement.after("TABLE")) && !has_timeout {
            let rule = "DDL on an existing table sets lock_timeout first";
            find(rule, "put `SET lock_timeout = '3s';` at the top");
        } else if has_ddl && statement.changes_rows() {
            let rule = "no UPDATE or DELETE beside DDL: it locks every row until the commit";
            find(
                rule,
                "change the rows in batches, from a job or a later migration",
            );
        }
    }
    findings
}

/// One statement: its words, including identifiers, in upper case, without comments, strings and function bodies.
struct Statement {
    words: Vec<String>,
    line: usize,
}

impl Statement {
    fn starts_with(&self, words: &[&str]) -> bool {
        self.words.len() >= words.len() && self.words.iter().zip(words).all(|(a, b)| a == b)
    }

    fn has(&self, word: &str) -> bool {
        self.words.iter().any(|each| each == word)
    }

    /// The name after `word`, `IF [NOT] EXISTS` and `ONLY`.
    fn after(&self, word: &str) -> Option<&str> {
        let position = self.words.iter().position(|each| each == word)?;
        let mut names = self.words[position + 1..].iter();
        names
            .find(|name| !["IF", "NOT", "EXISTS", "ONLY"].contains(&name.as_str()))
            .map(String::as_str)
    }

    fn created_table(&self) -> Option<&str> {
        self.starts_with(&["CREATE", "TABLE"])
            .then(|| self.after("TABLE"))?
    }

    fn creates_index(&self) -> bool {
        self.starts_with(&["CREATE", "INDEX"]) || self.starts_with(&["CREATE", "UNIQUE", "INDEX"])
    }

    fn locks_table(&self) -> bool {
        self.starts_with(&["ALTER", "TABLE"]) || self.starts_with(&["DROP", "TABLE"])
    }

    fn is_ddl(&self) -> bool {
        let first = self.words.first().map(String::as_str);
        first.is_some_and(|word| ["CREATE", "ALTER", "DROP"].contains(&word))
    }

    fn changes_rows(&self) -> bool {
        self.starts_with(&["UPDATE"]) || self.starts_with(&["DELETE"])
    }
}

/// The statements of a script with their first lines.
fn statements(sql: &str) -> Vec<Statement> {
    let mut all = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut begin = 0;
    let mut word = String::new();
    let mut line = 1;
    let mut rest = sql;
    while let Some(next) = rest.chars().next() {
        let skipped = opaque(rest);
        if skipped == 0 && (next.is_alphanumeric() || next == '_' || next == '.') {
            if words.is_empty() && word.is_empty() {
                begin = line;
            }
            word.extend(next.to_uppercase());
            rest = &rest[next.len_utf8()..];
            continue;
        }
        if !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if next == ';' && !words.is_empty() {
            let words = std::mem::take(&mut words);
            all.push(Statement { words, line: begin });
        }
        let length = skipped.max(next.len_utf8());
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    if !words.is_empty() {
        all.push(Statement { words, line: begin });
    }
    all
}

/// The length of the comment, string or function body at the beginning of `sql`; 0 if there is none.
fn opaque(sql: &str) -> usize {
    let until = |open: &str, close: &str| {
        let inside = sql.strip_prefix(open)?;
        let end = inside
            .find(close)
            .map_or(inside.len(), |at| at + close.len());
        Some(open.len() + end)
    };
    until("--", "\n")
        .or_else(|| until("/*", "*/"))
        .or_else(|| until("'", "'"))
        .or_else(|| until("$$", "$$"))
        .unwrap_or(0)
}
